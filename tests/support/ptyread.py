"""The program on a real pseudo-terminal: keys in, every byte out, and what those bytes would make a terminal do."""

from __future__ import annotations

import fcntl
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ESCAPE = "\x1b[27u"
"""The escape key as kitty's protocol writes it: a lone ESC would have to be followed by a pause."""
ROOT = Path(__file__).parents[2]
_INVISIBLE = "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u061c\U000e0000-\U000e0fff"
UNSEEN = re.compile(f"[{_INVISIBLE}\x7f-\x9f]")
"""Characters that hide or reorder text, and C1 controls."""

_PART = re.compile(
    r"(?P<csi>\x1b\[(?P<params>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~]))"
    r"|(?P<osc>\x1b\](?P<number>[0-9]*)[^\x07\x1b]*(?:\x07|\x1b\\|$))"
    r"|(?P<string>\x1b(?P<intro>[PX^_])[^\x1b]*(?:\x1b\\|$))"
    r"|(?P<esc>\x1b[ -/]*[0-~])"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)


class Pty:
    """A command on a pseudo-terminal of `cols` x `rows`. Everything that it writes is kept in `written`."""

    def __init__(
        self, command: Sequence[str], *, cols: int = 120, rows: int = 36, env: Mapping[str, str] | None = None,
        stdin: int | None = None, limits: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:  # fmt: skip
        self.written = bytearray()
        self._master, slave = pty.openpty()
        self.resize(cols, rows, tell=False)
        self.before = termios.tcgetattr(slave)

        def prepare() -> None:
            import resource

            fcntl.ioctl(1, termios.TIOCSCTTY, 0)
            for what, value in (limits or {}).items():
                resource.setrlimit(what, value)

        self.process = subprocess.Popen(
            command, stdin=slave if stdin is None else stdin, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=prepare, env=dict(env or os.environ),  # noqa: PLW1509 -- no threads run in tests
        )  # fmt: skip
        self._slave = slave

    def __enter__(self) -> Pty:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for handle in (self._slave, self._master):
            try:
                os.close(handle)
            except OSError:
                pass

    def resize(self, cols: int, rows: int, *, tell: bool = True) -> None:
        """Change the terminal's size; the kernel tells the program."""
        self.size = cols, rows
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        if tell:
            os.kill(self.process.pid, signal.SIGWINCH)

    def settle(self, quiet: float = 0.05, most: float = 5.0) -> bytes:
        """Read until nothing was written for `quiet` seconds; answers what came."""
        start, came = time.monotonic(), bytearray()
        while time.monotonic() - start < most:
            if not select.select([self._master], [], [], quiet)[0]:
                break
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # the other side is closed
                break
            if not data:
                break
            came += data
        self.written += came
        return bytes(came)

    def wait_for(self, text: str, most: float = 20.0) -> None:
        """Read until `text` has been written. Raises AssertionError when it does not come."""
        start = time.monotonic()
        while text.encode() not in self.written:
            assert time.monotonic() - start < most, f"{text!r} did not appear: {self.tail}"
            assert self.process.poll() is None or self.settle(), f"ended without {text!r}: {self.tail}"
            self.settle(0.02, 0.5)

    def press(self, *keys: str, quiet: float = 0.05) -> None:
        """Type keys, each one when the answer to the one before has been drawn."""
        for key in keys:
            os.write(self._master, key.encode())
            self.settle(quiet, 2.0)

    def press_for(self, key: str, text: str, most: float = 30.0) -> None:
        """Press a key until `text` has been written: on a busy machine a dialog that is closing may take one more."""
        start = time.monotonic()
        while text.encode() not in self.written:
            assert time.monotonic() - start < most, f"{text!r} did not appear: {self.tail}"
            self.press(key)
            self.settle(0.5, 2.0)

    def end(self, most: float = 10.0) -> int:
        """Wait for the program's end and give its exit code."""
        start = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() - start < most, f"does not end: {self.tail}"
            self.settle(0.05, 0.5)
        self.settle(0.02, 0.5)
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    @property
    def tail(self) -> str:
        """What stands on the terminal, for messages."""
        from replay_tui.terminal.emulator import Emulator

        columns, rows = self.size
        shown = Emulator(columns, rows)
        shown.feed(bytes(self.written).replace(b"\x1b[?1049l", b""))
        return "\n" + "\n".join(shown.plain_rows())

    @property
    def raw(self) -> bool:
        """Whether the terminal is still in raw mode."""
        return termios.tcgetattr(self._slave)[3] != self.before[3]


def replay(*words: str, home: Path, env: Mapping[str, str] | None = None, **options: object) -> Pty:
    """`python -m replay_tui` on a pseudo-terminal, with nobody's settings."""
    return python("-m", "replay_tui", *words, home=home, env=env, **options)


def python(*words: str, home: Path, env: Mapping[str, str] | None = None, **options: object) -> Pty:
    """`python` on a pseudo-terminal, with nobody's settings."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8",
        "COLORTERM": "truecolor", "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1" if options.get("limits") else "",  # files that may not grow would stay damaged
        **(env or {}),
    }  # fmt: skip
    return Pty([sys.executable, *words], env=environment, **options)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Traffic:
    """What a program wrote: the kinds of sequences (name to an example), and its texts joined."""

    kinds: dict[str, str]
    text: str

    @property
    def unseen(self) -> list[str]:
        """Characters in the text that hide or reorder it."""
        return sorted(set(UNSEEN.findall(self.text)))


def traffic(written: bytes | bytearray) -> Traffic:
    """Read a program's output as a terminal would, without acting on it.

    SGR, cursor moves and erasing count as one kind each; modes, reports and everything that makes a terminal answer
    count with their parameters. What is cut off at the end is a kind of its own.
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
