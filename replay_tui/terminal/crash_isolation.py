"""Drawing that is tried in another process first, for sessions on which native code ends the process.

At first nothing is tried: it would cost every session some time. Who starts the program again after such an end sets
`REPLAY_TUI_EMULATOR` to `tried`: what is about to be drawn is drawn by a child process first, into a copy of the
emulator. Where the child ends, the byte on which it did is left out, and the screen starts afresh with the text that
stood there: whatever the emulator's state is by then, it must not be met again. Set to `plain`, where even that was
not enough, only text and line breaks are drawn.
"""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import threading
import weakref
from typing import BinaryIO

from replay_tui.terminal import emulator as core
from replay_tui.terminal import worker_process
from replay_tui.terminal.emulator import CLEAR_HISTORY, Emulator
from replay_tui.terminal.ghostty import EmulatorError

VARIABLE = "REPLAY_TUI_EMULATOR"
ISOLATED, TEXT_ONLY = "tried", "plain"
PIECE_TIMEOUT_SECONDS = 30.0
"""Seconds that a piece may take to be drawn before it counts as one that never ends."""
MAX_CRASHES = 40
"""Children that may end; from then on only text is drawn."""
MAX_KEPT_TEXT_BYTES = 1 << 16
"""Bytes of a screen's text that are kept where it must be left."""

_CANCEL, _LEAVE_ALT, _RESET = b"\x18", b"\x1b]8;;\x07\x1b[?1049l\x1b[0m", b"\x1bc"
_REQUEST = struct.Struct("<cIIII")  # what, which emulator, columns, rows, bytes that follow
_RESTORE, _FEED, _STEP, _RESIZE, _FORGET = b"RFSZX"
_ALIVE = b"."
_CONTROL = re.compile(
    rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)"
    rb"|[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]"
)


def strip_controls(data: bytes) -> bytes:
    """The text and line breaks of a piece of a stream."""
    return _CONTROL.sub(b"", data)


def reset_sequence(emulator: Emulator) -> bytes:
    """What takes an emulator out of a state that must not be met again, and keeps the text that stands on its screen.

    The alternate screen is left; where that is not shown, all is reset.
    """
    text = "\r\n".join(emulator.plain_rows()).strip().encode("utf-8", "replace")[:MAX_KEPT_TEXT_BYTES]
    return _CANCEL + (_LEAVE_ALT if emulator.alt else _RESET) + text + b"\r\n" * bool(text)


class TextOnlyFilter:
    """Lets only text pass."""

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """What may be fed."""
        return data if data == CLEAR_HISTORY else strip_controls(data)

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Nothing to try."""


class IsolatedProbe:
    """Tries pieces in a child process that holds a copy of each emulator. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._copies: weakref.WeakKeyDictionary[Emulator, int] = weakref.WeakKeyDictionary()
        self._released: list[int] = []
        self._copy_count = self.crashes = 0

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """What of `data` may be fed to `emulator`: all of it, nearly always."""
        if not data:
            return data
        with self._lock:
            if self.crashes >= MAX_CRASHES:
                return strip_controls(data)
            return data if self._survives(emulator, _FEED, data) else self._without_crashing_bytes(emulator, data)

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Before `emulator` is given another size: where that would be its end, reset it."""
        with self._lock:
            survived = self.crashes >= MAX_CRASHES or self._survives(emulator, _RESIZE, cols=cols, rows=rows)
        if not survived:
            emulator.skipped += 1
            emulator.feed(reset_sequence(emulator))

    def _without_crashing_bytes(self, emulator: Emulator, data: bytes) -> bytes:
        """What is left to draw of `data`, without the bytes that end a process; those are found one by one."""
        while self.crashes < MAX_CRASHES:
            lived = self._surviving_bytes(emulator, data)
            if lived == len(data):
                return data if self._survives(emulator, _FEED, data) else b""
            emulator.skipped += 1
            emulator.write(data[:lived])
            data = reset_sequence(emulator) + data[lived + 1 :]
        return strip_controls(data)

    def _survives(self, emulator: Emulator, what: int, data: bytes = b"", cols: int = 0, rows: int = 0) -> bool:
        """Whether the child lives on when it does the same to its copy."""
        try:
            number = self._copy(emulator)
            self._send_request(what, number, data, cols, rows)
            return self._count_replies(1) == 1 or self._discard_child()
        except OSError:
            return self._discard_child()

    def _surviving_bytes(self, emulator: Emulator, data: bytes) -> int:
        """How many bytes of `data` a new copy lives through; the copy is not used again."""
        try:
            number = self._copy(emulator)
            self._send_request(_STEP, number, data)
            lived = self._count_replies(len(data))
        except OSError:
            lived = 0
        if lived < len(data):
            self._discard_child()
        else:
            self._forget(emulator)
        return lived

    def _copy(self, emulator: Emulator) -> int:
        """The number of the child's copy of an emulator, made where there is none yet."""
        number = self._copies.get(emulator)
        if number is None:
            snapshot = emulator.snapshot()
            if snapshot is None:
                raise OSError("a state that cannot be copied")
            self._copy_count += 1
            number = self._copy_count
            self._send_request(_RESTORE, number, snapshot)
            if self._count_replies(1) != 1:
                raise OSError("no copy")
            self._copies[emulator] = number
            weakref.finalize(emulator, self._released.append, number)
        while self._released:
            self._send_request(_FORGET, self._released.pop())
        return number

    def _forget(self, emulator: Emulator) -> None:
        if (number := self._copies.pop(emulator, None)) is not None:
            self._send_request(_FORGET, number)

    def _send_request(self, what: int, number: int, data: bytes = b"", cols: int = 0, rows: int = 0) -> None:
        if self._child is None:
            self._child = worker_process.start_worker(__name__, **{VARIABLE: None})
        assert self._child.stdin
        self._child.stdin.write(_REQUEST.pack(bytes([what]), number, cols, rows, len(data)) + data)
        self._child.stdin.flush()

    def _count_replies(self, wanted: int) -> int:
        """How many of the wanted answers came before the child ended, or took too long."""
        assert self._child
        assert self._child.stdout
        came, output = 0, self._child.stdout.fileno()
        while came < wanted and select.select([output], [], [], PIECE_TIMEOUT_SECONDS)[0]:
            data = os.read(output, 1 << 16)
            if not data:
                break
            came += len(data)
        return came

    def _discard_child(self) -> bool:
        """Forget the child and all its copies."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self.crashes = None, self.crashes + 1
        self._copies.clear()
        self._released.clear()
        return False


def configure(mode: str | None) -> None:
    """Draw carefully from now on, as the environment says; any word that is none of the two means nothing."""
    if mode == ISOLATED:
        core.vetter = IsolatedProbe()
    elif mode == TEXT_ONLY:
        core.vetter = TextOnlyFilter()


def isolation_warnings(lost: int) -> list[tuple[str, str, int]]:
    """What is to be said of a session (code, message, count) in whose drawing `lost` places were left out."""
    if core.vetter is None:
        return []
    how = (
        "only its text is drawn"
        if isinstance(core.vetter, TextOnlyFilter)
        else "each piece is tried in another process first"
    )
    found = [("emulator-ended", f"drawing this session ended the program once: {how}", 1)]
    if lost:
        what = "places where drawing on would end the program: the screen starts afresh there, the raw view is whole"
        found.insert(0, ("emulator-lost", what, lost))
    return found


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """The child: do to copies of emulators as is asked, until there are no more requests."""
    copies: dict[int, Emulator] = {}
    while len(head := requests.read(_REQUEST.size)) == _REQUEST.size:
        what, number, cols, rows, size = _REQUEST.unpack(head)
        data = requests.read(size)
        if what[0] == _FORGET:
            copies.pop(number, None)
            continue
        try:
            if what[0] == _RESTORE:
                copies[number] = Emulator.restore(data)
            elif what[0] == _RESIZE:
                copies[number].resize(cols, rows)
            elif what[0] == _FEED:
                copies[number].feed(data)
            else:
                for byte in data[:-1]:
                    copies[number].feed(bytes([byte]))
                    answers.write(_ALIVE)
                copies[number].feed(data[-1:])
        except EmulatorError:  # refused, which is no end
            pass
        answers.write(_ALIVE)


def main() -> None:
    """Answer on standard output."""
    with open(1, "wb", buffering=0, closefd=False) as output:
        serve(sys.stdin.buffer, output)
