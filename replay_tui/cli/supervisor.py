"""The program runs in a process of its own, so that a crash of native code costs neither the session nor the terminal.

The process that was started forks before anything is loaded (a millisecond) and waits. Where the other one is ended by
a fault, the terminal is put right and the program starts again on the same words, more carefully: first with all
drawing tried in yet another process, then with text only (see `replay_tui.terminal.crash_isolation`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

VARIABLE = "REPLAY_TUI_EMULATOR"
ISOLATION_LEVELS = ("", "tried", "plain")
"""How the program draws, the quickest way first."""
DUPLICATE_INTERRUPT_SECONDS = 2.0
"""Seconds within which a second Ctrl-C is the first one again: the terminal tells both processes, and one the other."""
CHILD_EXIT_SECONDS = 5.0
"""Seconds in which the child may end when it is told to; one that is stuck in native code does not hear of it."""
EXIT_FAILED = 3

_FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGFPE, signal.SIGTRAP}
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RESET_SEQUENCES = (
    "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    "\x1b[<u\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l"
)
_RESTART_MESSAGES = {
    "tried": "Drawing this session ended the program; it starts again and tries each piece in another process first.",
    "plain": "Drawing this session ended the program again; it starts once more and draws the text alone.",
}
_STDIN_CONSUMED_MESSAGE = (
    "Drawing this session ended the program, and standard input cannot be read twice; "
    "save the session as a file and open that."
)
_CRASHED_MESSAGE = (
    "Drawing this session ends the program even as text alone; `replay-tui show` may still tell about it."
)
_KILLED_MESSAGE = "The system ended the program, most likely for lack of memory; close other programs and try again."


def run_supervised(argv: Sequence[str], run: Callable[[], int]) -> int:
    """What `run` answers, from a process of its own. Every process that gets an answer returns from here."""
    if not hasattr(os, "fork"):
        return run()
    keyboard = _keyboard()
    asked = os.environ.get(VARIABLE, "")
    for level in ISOLATION_LEVELS[ISOLATION_LEVELS.index(asked) if asked in ISOLATION_LEVELS else 0 :]:
        if level != asked:
            if not _can_read_stdin_again(argv):
                return _print_status(_STDIN_CONSUMED_MESSAGE)
            _print_status(_RESTART_MESSAGES[level])
            os.environ[VARIABLE] = asked = level
        parent, ours = os.pipe()
        child = os.fork()
        if not child:
            os.close(ours)
            ended = install_signal_handlers(parent)
            code = run()
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # one that comes late finds nothing to end
            return _end_by_signal(ended[0]) if ended else code
        os.close(parent)
        status, told = _wait(child)
        os.close(ours)
        if not os.WIFSIGNALED(status):
            return os.WEXITSTATUS(status)
        restore_terminal(keyboard)
        if told and os.WTERMSIG(status) == signal.SIGKILL:
            return _end_by_signal(told)
        if os.WTERMSIG(status) not in _FAULTS:
            return _end_by_signal(os.WTERMSIG(status))
    return _print_status(_CRASHED_MESSAGE)


def _wait(child: int) -> tuple[int, int]:
    """The child's wait status; meanwhile it gets the signals that were meant for the program.

    With it the signal by which it was told to end, 0 if none: after `CHILD_EXIT_SECONDS` it is ended by
    force.
    """
    told = 0

    def forward(number: int, _: Any) -> None:
        nonlocal told
        os.kill(child, number)
        if number != signal.SIGINT:
            told = number
            signal.setitimer(signal.ITIMER_REAL, CHILD_EXIT_SECONDS)

    heard = [number for number in _FORWARDED if signal.getsignal(number) != signal.SIG_IGN]  # not under nohup
    before = {number: signal.signal(number, forward) for number in heard}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    try:
        while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
            os.kill(os.getpid(), signal.SIGSTOP)  # the shell waits for this process
            os.kill(child, signal.SIGCONT)
        return status, told
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def install_signal_handlers(parent: int) -> list[int]:
    """In the child: one Ctrl-C is one, other signals end it as cleanly, and so does the end of the parent.

    Answers a list that will hold the signal by which it is to end, if any.
    """
    last, ended = -DUPLICATE_INTERRUPT_SECONDS, list[int]()

    def interrupt(*_: Any) -> None:
        nonlocal last
        if time.monotonic() - last > DUPLICATE_INTERRUPT_SECONDS:
            last = time.monotonic()
            raise KeyboardInterrupt

    def end(number: int, _: Any) -> None:
        ended.append(number)
        signal.signal(number, signal.SIG_DFL)  # whoever asks twice is not kept waiting
        raise KeyboardInterrupt  # so that what is half written goes away

    def watch() -> None:
        os.read(parent, 1)
        while not ended:  # a signal in the instant before a read begins is seen only after it
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(DUPLICATE_INTERRUPT_SECONDS)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
    import _thread  # `threading` takes longer to load than the fork takes

    _thread.start_new_thread(watch, ())
    return ended


def _keyboard() -> list[Any] | None:
    """The terminal's settings, where standard error is one."""
    try:
        import termios

        return termios.tcgetattr(2)
    except (ImportError, OSError):
        return None
    except Exception:  # termios.error is of no class that all platforms have
        return None


def restore_terminal(keyboard: list[Any] | None) -> None:
    """Give the terminal back as it was, if the child had changed it."""
    if keyboard is None:
        return
    import termios

    try:
        if termios.tcgetattr(2) != keyboard:
            os.write(2, _RESET_SEQUENCES.encode())
            termios.tcsetattr(2, termios.TCSAFLUSH, keyboard)
    except (OSError, termios.error):  # it is closed
        pass


def _can_read_stdin_again(argv: Sequence[str]) -> bool:
    """Whether the session can be read once more; standard input only where it is a file."""
    if "-" not in argv:
        return True
    try:
        return os.lseek(0, 0, os.SEEK_SET) == 0
    except OSError:
        return False


def _end_by_signal(number: int) -> int:
    """End as the child was ended."""
    if number == signal.SIGKILL:
        return _print_status(_KILLED_MESSAGE)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number


def _print_status(sentence: str) -> int:
    try:
        print(f"replay-tui: {sentence}", file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        pass
    return EXIT_FAILED
