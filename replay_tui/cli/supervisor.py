"""Supervisor: runs the program in a child process, so that a crash of native code loses neither session nor terminal.

The first process forks before anything is imported (about 1 ms) and waits. If a fault ends the child, it restores the
terminal and runs the program again with the same arguments and more isolation: first with all output tried in another
process, then with text only (see `replay_tui.terminal.crash_isolation`).
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

LEVEL_VARIABLE = "REPLAY_TUI_EMULATOR"
ISOLATION_LEVELS = ("", "isolated", "text-only")
"""Values of `LEVEL_VARIABLE`: no isolation (fastest), output tried in another process, text only."""
DUPLICATE_INTERRUPT_SECONDS = 2.0
"""A second Ctrl-C within this time is the first one again: the terminal signals both processes, which forward it."""
CHILD_EXIT_SECONDS = 5.0
"""Time for the child to end after a signal; one that is stuck in native code is killed then."""
CRASH_EXIT_CODE = 3
YOUNG_THRESHOLD_OBJECTS = 10_000
"""New objects that trigger a young collection, in every command and in the interface.

With Python's default, 700, modules are loaded with 60 collections, and the first paint includes a full one.
"""

_FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGFPE, signal.SIGTRAP}
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RESET_SEQUENCES = (
    "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    "\x1b[<u\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l"
)
_RESTART_MESSAGES = {
    "isolated": "The terminal emulator crashed on this session. Restarting with crash isolation (slower).",
    "text-only": "The terminal emulator crashed again. Restarting with text only.",
}
_STDIN_CONSUMED_MESSAGE = (
    "The terminal emulator crashed on this session, and standard input cannot be read again. "
    "Save the session as a file and open that."
)
_CRASHED_MESSAGE = "The terminal emulator crashes on this session even with text only. Try `replay-tui show`."
_KILLED_MESSAGE = "The system killed the program, probably because memory ran out. Close other programs and try again."


def run_supervised(argv: Sequence[str], run: Callable[[], int]) -> int:
    """Return the exit code of `run`, called in a child process. Both processes return from this function."""
    if not hasattr(os, "fork"):
        return run()
    terminal_settings = _terminal_settings()
    wanted = os.environ.get(LEVEL_VARIABLE, "")
    current = wanted if wanted in ISOLATION_LEVELS else ""
    for level in ISOLATION_LEVELS[ISOLATION_LEVELS.index(current) :]:
        if level != current:
            if not _can_read_stdin_again(argv):
                return _print_status(_STDIN_CONSUMED_MESSAGE)
            _print_status(_RESTART_MESSAGES[level])
            os.environ[LEVEL_VARIABLE] = current = level
        parent, ours = os.pipe()
        # A signal waits until both processes handle it, and is not lost between the fork and their handlers.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
        child = os.fork()
        if not child:
            os.close(ours)
            ended = install_signal_handlers(parent)
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
            gc.set_threshold(YOUNG_THRESHOLD_OBJECTS)
            code = run()
            gc.freeze()  # the end of the process frees all memory: no last collection, which takes a tenth of `show`
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a late one has nothing to interrupt
            return _end_by_signal(ended[0]) if ended else code
        os.close(parent)
        status, received = _wait(child, unblocked)
        os.close(ours)
        if not os.WIFSIGNALED(status):
            return os.WEXITSTATUS(status)
        restore_terminal(terminal_settings)
        if received and os.WTERMSIG(status) == signal.SIGKILL:
            return _end_by_signal(received)
        if os.WTERMSIG(status) not in _FAULTS:
            return _end_by_signal(os.WTERMSIG(status))
    return _print_status(_CRASHED_MESSAGE)


def _wait(child: int, unblocked: Iterable[int]) -> tuple[int, int]:
    """Wait for the child and forward signals to it; return its wait status and the forwarded signal, 0 if none.

    `unblocked` is the signal mask to restore once the signals are handled.
    The child is killed `CHILD_EXIT_SECONDS` after a forwarded SIGTERM or SIGHUP.
    """
    forwarded = 0

    def forward(number: int, _: Any) -> None:
        nonlocal forwarded
        os.kill(child, number)
        if number != signal.SIGINT:
            forwarded = number
            signal.setitimer(signal.ITIMER_REAL, CHILD_EXIT_SECONDS)

    # SIGHUP is ignored under nohup.
    signals = [number for number in _FORWARDED if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in signals}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    try:
        while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
            os.kill(os.getpid(), signal.SIGSTOP)  # the shell waits for this process
            if not os.waitpid(child, os.WCONTINUED | os.WNOHANG)[0]:  # `fg` continues both, `kill` only this one
                os.kill(child, signal.SIGCONT)
        return status, forwarded
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def install_signal_handlers(parent: int) -> list[int]:
    """Install handlers in the child that raise `KeyboardInterrupt` on signals and on the end of the parent.

    Duplicate Ctrl-C are ignored. Returns a list to which the handler adds a received SIGTERM or SIGHUP. `parent` is the
    read end of a pipe whose write end only the parent has open.
    """
    last, ended = -DUPLICATE_INTERRUPT_SECONDS, list[int]()

    def interrupt(*_: Any) -> None:
        nonlocal last
        if time.monotonic() - last > DUPLICATE_INTERRUPT_SECONDS:
            last = time.monotonic()
            raise KeyboardInterrupt

    def end(number: int, _: Any) -> None:
        ended.append(number)
        signal.signal(number, signal.SIG_DFL)  # a second signal ends the process at once
        raise KeyboardInterrupt  # so that partial files are removed

    def watch() -> None:
        os.read(parent, 1)
        while not ended:  # repeated, because a signal just before a blocking read is handled only after it
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


def _terminal_settings() -> list[Any] | None:
    """Return the settings of the terminal on stderr, None if it is not a terminal."""
    try:
        import termios

        return termios.tcgetattr(2)
    except (ImportError, OSError):
        return None
    except Exception:  # the base class of termios.error differs between platforms
        return None


def restore_terminal(settings: list[Any] | None) -> None:
    """Restore the settings and modes of the terminal if the child changed them."""
    if settings is None:
        return
    import termios

    try:
        if termios.tcgetattr(2) != settings:
            os.write(2, _RESET_SEQUENCES.encode())
            termios.tcsetattr(2, termios.TCSAFLUSH, settings)
    except (OSError, termios.error):  # the terminal is closed
        pass


def _can_read_stdin_again(argv: Sequence[str]) -> bool:
    """Return True if the session can be read again; for standard input only if it is a file."""
    if "-" not in argv:
        return True
    try:
        return os.lseek(0, 0, os.SEEK_SET) == 0
    except OSError:
        return False


def _end_by_signal(number: int) -> int:
    """End this process with the signal that ended the child."""
    if number == signal.SIGKILL:
        return _print_status(_KILLED_MESSAGE)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number


def _print_status(message: str) -> int:
    try:
        print(f"replay-tui: {message}", file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        pass
    return CRASH_EXIT_CODE
