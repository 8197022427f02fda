"""Driver for the program on a pseudo-terminal: sends keys, records every byte, and lists the sequences in them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.fork_server import ForkedProcess, fork_server

ESCAPE = "\x1b"
HANG_SECONDS = 120.0
"""Timeout after which a state is considered unreachable."""
ROOT = Path(__file__).parents[2]
_INVISIBLE = (
    "\u115f\u3164\ufe00-\ufe0e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u061c"
    "\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(f"[{_INVISIBLE}\x7f-\x9f]|(?<![\u2600-\u27bf\U0001f000-\U0001faff\ufe0f])[\u200d\ufe0f]")
"""Characters that hide or reorder text, except within an emoji, and C1 controls."""

_PART = re.compile(
    r"(?P<csi>\x1b\[(?P<params>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~]))"
    r"|(?P<osc>\x1b\](?P<number>[0-9]*)[^\x07\x1b]*(?:\x07|\x1b\\|$))"
    r"|(?P<string>\x1b(?P<intro>[PX^_])[^\x1b]*(?:\x1b\\|$))"
    r"|(?P<esc>\x1b[ -/]*[0-~])"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)


class Pty:
    """A command on a pseudo-terminal of `cols` x `rows`. `written` is its complete output.

    The interface reports its state (see `replay_tui.ui.status_report`) after every change; `state` is the newest one.
    `status` overrides the descriptor to which the state is reported. `forked` runs the program with the arguments in
    `command` in a fork of the preloaded program (see `tests.support.fork_server`).

    Tests wait for states, never for text that may already be there or for a duration.
    """

    def __init__(
        self, command: Sequence[str], *, cols: int = 120, rows: int = 36, env: Mapping[str, str] | None = None,
        stdin: int | None = None, limits: Mapping[int, tuple[int, int]] | None = None, status: str | None = None,
        forked: bool = False,
    ) -> None:  # fmt: skip
        self.written = bytearray()
        self.state: dict[str, Any] = {"keys": 0}
        self._master, slave = pty.openpty()
        self._status, writer = os.pipe()
        self._partial = b""
        self.resize(cols, rows, tell=False)
        self.before = termios.tcgetattr(slave)

        def prepare() -> None:
            import resource

            fcntl.ioctl(1, termios.TIOCSCTTY, 0)
            for what, value in (limits or {}).items():
                resource.setrlimit(what, value)

        if forked:
            streams = [slave if stdin is None else stdin, slave, slave]
            environment = {**(env or {}), **({"REPLAY_TUI_STATUS_FD": status} if status else {})}
            started = fork_server().start(command, environment, streams, writer, limits or {})
            self.process: ForkedProcess | subprocess.Popen[bytes] = started
        else:
            self.process = subprocess.Popen(
                command, stdin=slave if stdin is None else stdin, stdout=slave, stderr=slave, start_new_session=True,
                preexec_fn=prepare, pass_fds=(writer,),  # noqa: PLW1509 -- no threads run in tests
                env={**(env or os.environ), "REPLAY_TUI_STATUS_FD": status or str(writer)},
            )  # fmt: skip
        os.close(writer)
        os.close(slave)  # so that reading ends when the last process ends

    def __enter__(self) -> Pty:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()

    def resize(self, cols: int, rows: int, *, tell: bool = True) -> None:
        """Change the terminal's size; the program gets SIGWINCH if `tell`."""
        self.size = cols, rows
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        if tell:
            os.kill(self.process.pid, signal.SIGWINCH)

    def read(self, seconds: float) -> bytes | None:
        """Read output or a state within `seconds`. Return the output, None once every process closed the terminal."""
        handles = [handle for handle in (self._master, self._status) if handle >= 0]
        ready = select.select(handles, [], [], seconds)[0]
        if self._status in ready:
            self._read_states()
        if self._master not in ready:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # Linux: the other side is closed
            data = b""
        self.written += data
        return data or None

    def _read_states(self) -> None:
        data = os.read(self._status, 1 << 16)
        if not data:
            os.close(self._status)
            self._status = -1
        *lines, self._partial = (self._partial + data).split(b"\n")
        if lines:
            self.state = json.loads(lines[-1])

    def wait_until(self, condition: Callable[[], object], what: str, most: float = HANG_SECONDS) -> None:
        """Read until a condition holds. Raises AssertionError if it never does, or the program ends before."""
        start = time.monotonic()
        while not condition():
            assert self.read(0.1) is not None, f"ended without {what}: {self.state}{self.tail}"
            assert time.monotonic() - start < most, f"never came: {what}: {self.state}{self.tail}"

    def wait_for(self, text: str, most: float = HANG_SECONDS) -> None:
        """Read until `text` has been written. `text` must not occur in earlier output."""
        self.wait_until(lambda: text.encode() in self.written, repr(text), most)

    def wait_state(self, **wanted: object) -> None:
        """Read until the interface reports these values; a callable is a condition on the value."""
        self.wait_until(lambda: unmet(self.state, wanted) is None, str(wanted))

    def wait_ready(self) -> None:
        """Read until the session is loaded and analysed and the frame at the playhead is drawn."""
        self.wait_state(complete=True, analysed=True, ready=True, top="ReplayScreen")
        self.wait_until(lambda: self.state["frame_drawn"] or self.state["view"] != "terminal", "the first frame")

    def send(self, text: str) -> None:
        """Type without waiting."""
        os.write(self._master, text.encode())

    def press(self, *keys: str) -> None:
        """Type keys, each after the interface has handled and drawn the previous one."""
        for key in keys:
            count = self.state["keys"] + 1
            self.send(key)
            self.wait_until(lambda count=count: self.state["keys"] >= count, f"the effect of {key!r}")  # type: ignore[misc]

    def end(self, most: float = HANG_SECONDS) -> int:
        """Read to the end. Return the exit code."""
        start = time.monotonic()
        while self.read(0.5) is not None:
            assert time.monotonic() - start < most, f"does not end: {self.tail}"
        return self.process.wait(most)

    def hang_up(self) -> None:
        """Close the terminal, like closing its window."""
        for handle in (self._master, self._status):
            if handle >= 0:
                os.close(handle)
        self._master = self._status = -1

    @property
    def tail(self) -> str:
        """The terminal's screen, for failure messages."""
        from replay_tui.terminal.emulator import Emulator

        columns, rows = self.size
        shown = Emulator(columns, rows)
        shown.feed(bytes(self.written).replace(b"\x1b[?1049l", b""))
        return "\n" + "\n".join(shown.plain_rows())

    @property
    def raw(self) -> bool:
        """True while the terminal is in raw mode."""
        return termios.tcgetattr(self._master)[3] != self.before[3]


def unmet(state: Mapping[str, Any], wanted: Mapping[str, object]) -> str | None:
    """Return the name of a wanted value that differs in `state`, None if all are equal."""
    for name, value in wanted.items():
        if name not in state or not (value(state[name]) if callable(value) else state[name] == value):
            return name
    return None


def replay(
    *words: str, home: Path, env: Mapping[str, str] | None = None, fresh: bool = False, **options: object
) -> Pty:
    """Start the program on a pseudo-terminal with empty settings: `fresh` in a new interpreter, otherwise forked."""
    if fresh or options.get("limits"):
        return python("-m", "replay_tui", *words, home=home, env=env, **options)
    return Pty(words, env=environment(home, env), forked=True, **options)  # type: ignore[arg-type]


def python(*words: str, home: Path, env: Mapping[str, str] | None = None, **options: object) -> Pty:
    """Start `python` on a pseudo-terminal with empty settings."""
    variables = {**environment(home, env), "PYTHONDONTWRITEBYTECODE": "1" if options.get("limits") else ""}
    # With a limit on the size of files, truncated bytecode files would remain.
    return Pty([sys.executable, *words], env=variables, **options)  # type: ignore[arg-type]


def environment(home: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment with empty settings below `home`, and with `env`."""
    return {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8",
        "COLORTERM": "truecolor", "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
        **(env or {}),
    }  # fmt: skip


@dataclass(frozen=True)
class Traffic:
    """Output of a program: the kinds of sequences (name to an example) and its texts, joined."""

    kinds: dict[str, str]
    text: str

    @property
    def unseen(self) -> list[str]:
        """The characters in the text that hide or reorder it."""
        return sorted(set(UNSEEN.findall(self.text)))


def traffic(written: bytes | bytearray) -> Traffic:
    """Parse a program's output into sequences and text.

    SGR, cursor moves and erasing are one kind each; modes, reports and queries are distinguished by their parameters.
    An incomplete sequence at the end is a kind of its own.
    """
    kinds: dict[str, str] = {}
    texts: list[str] = []
    whole = bytes(written).decode("utf-8", "surrogateescape")
    position = 0
    while position < len(whole):
        part = _PART.match(whole, position)
        if part is None:
            kinds["unfinished"] = whole[position : position + 40]
            position += 1
            continue
        position = part.end()
        if part["text"]:
            texts.append(part[0])
        else:
            kinds.setdefault(_kind(part), part[0][:80])
    return Traffic(kinds, "\n".join(texts))


def _kind(part: re.Match[str]) -> str:
    if part["csi"]:
        params, final = part["params"], part["final"]
        if part["middle"] or (params and params[0] in "<=>?") or final not in "mHABCDGdJK":
            return f"CSI {params}{part['middle']}{final}"
        return f"CSI {final}"
    if part["osc"]:
        return f"OSC {part['number']}"
    if part["string"]:
        return f"string {part['intro']}"
    if part["esc"]:
        return f"ESC {part[0][1:]}"
    return f"control {ord(part[0]):02x}"
