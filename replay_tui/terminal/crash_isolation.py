"""Crash isolation for sessions on which the native emulator crashed the process.

By default nothing is isolated, because it slows down every session. The supervisor restarts the program with
`REPLAY_TUI_EMULATOR` set to `isolated`: a child process then processes each piece first, in a copy of the emulator. If
the child crashes, the byte that crashed it is skipped and the screen is reset to its text, so that the crashing state
is not reached again. With `text-only`, set if the program crashed again, only text and line breaks are written.
"""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import threading
import weakref
from typing import BinaryIO

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal import input_vetter, worker_process
from replay_tui.terminal.emulator import CLEAR_HISTORY, Emulator
from replay_tui.terminal.emulator_errors import EmulatorError

VARIABLE = "REPLAY_TUI_EMULATOR"
ISOLATED, TEXT_ONLY = "isolated", "text-only"
PIECE_TIMEOUT_SECONDS = 30.0
"""A piece that takes longer counts as one that never ends."""
MAX_CRASHES = 40
"""Crashes of the child process after which only text is written."""
MAX_KEPT_TEXT_BYTES = 1 << 16
"""Bytes of the screen's text that a reset keeps."""

_CANCEL, _LEAVE_ALT, _RESET = b"\x18", b"\x1b]8;;\x07\x1b[?1049l\x1b[0m", b"\x1bc"
_REQUEST = struct.Struct("<cIIII")  # operation, emulator number, columns, rows, length of the data that follows
_RESTORE, _FEED, _STEP, _RESIZE, _FORGET = b"RFSZX"
_ALIVE = b"."
_CONTROL = lazy_compile(
    rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)"
    rb"|[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]"
)


def strip_controls(data: bytes) -> bytes:
    """Return the text and line breaks of `data`."""
    return _CONTROL.sub(b"", data)


def reset_sequence(emulator: Emulator) -> bytes:
    """Return the bytes that reset `emulator` and write the text of its screen again.

    They leave the alternate screen if it is active, otherwise they reset the whole terminal.
    """
    text = "\r\n".join(emulator.plain_rows()).strip().encode("utf-8", "replace")[:MAX_KEPT_TEXT_BYTES]
    return _CANCEL + (_LEAVE_ALT if emulator.alt else _RESET) + text + b"\r\n" * bool(text)


class TextOnlyFilter:
    """Input vetter that passes only text."""

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """Return the text and line breaks of `data`."""
        return data if data == CLEAR_HISTORY else strip_controls(data)

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Do nothing: a resize is not filtered."""


class IsolatedProbe:
    """Input vetter that tries each piece in a child process with a copy of each emulator. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._copies: weakref.WeakKeyDictionary[Emulator, int] = weakref.WeakKeyDictionary()
        self._released: list[int] = []
        self._copy_count = self.crashes = 0

    def feed(self, emulator: Emulator, data: bytes) -> bytes:
        """Return the part of `data` that may be written to `emulator`: all of it unless the child crashes."""
        if not data:
            return data
        with self._lock:
            if self.crashes >= MAX_CRASHES:
                return strip_controls(data)
            return data if self._survives(emulator, _FEED, data) else self._without_crashing_bytes(emulator, data)

    def resize(self, emulator: Emulator, cols: int, rows: int) -> None:
        """Try a resize in the child and reset `emulator` if the child crashes."""
        with self._lock:
            survived = self.crashes >= MAX_CRASHES or self._survives(emulator, _RESIZE, cols=cols, rows=rows)
        if not survived:
            emulator.skipped += 1
            emulator.feed(reset_sequence(emulator))

    def _without_crashing_bytes(self, emulator: Emulator, data: bytes) -> bytes:
        """Write `data` up to the last byte that crashes the child, byte by byte; return the rest that is safe."""
        while self.crashes < MAX_CRASHES:
            survived = self._surviving_bytes(emulator, data)
            if survived == len(data):
                return data if self._survives(emulator, _FEED, data) else b""
            emulator.skipped += 1
            emulator.write(data[:survived])
            data = reset_sequence(emulator) + data[survived + 1 :]
        return strip_controls(data)

    def _survives(self, emulator: Emulator, operation: int, data: bytes = b"", cols: int = 0, rows: int = 0) -> bool:
        """Return True if the child survives the operation on its copy of `emulator`."""
        try:
            number = self._copy(emulator)
            self._send_request(operation, number, data, cols, rows)
            return self._count_replies(1) == 1 or self._discard_child()
        except OSError:
            return self._discard_child()

    def _surviving_bytes(self, emulator: Emulator, data: bytes) -> int:
        """Return how many bytes of `data` the child survives one by one; its copy is not used again."""
        try:
            number = self._copy(emulator)
            self._send_request(_STEP, number, data)
            survived = self._count_replies(len(data))
        except OSError:
            survived = 0
        if survived < len(data):
            self._discard_child()
        else:
            self._forget(emulator)
        return survived

    def _copy(self, emulator: Emulator) -> int:
        """Return the number of the child's copy of `emulator`, creating it if necessary. Raises `OSError`."""
        number = self._copies.get(emulator)
        if number is None:
            snapshot = emulator.snapshot()
            if snapshot is None:
                raise OSError("the emulator state cannot be copied")
            self._copy_count += 1
            number = self._copy_count
            self._send_request(_RESTORE, number, snapshot)
            if self._count_replies(1) != 1:
                raise OSError("the child could not restore the copy")
            self._copies[emulator] = number
            weakref.finalize(emulator, self._released.append, number)
        while self._released:
            self._send_request(_FORGET, self._released.pop())
        return number

    def _forget(self, emulator: Emulator) -> None:
        if (number := self._copies.pop(emulator, None)) is not None:
            self._send_request(_FORGET, number)

    def _send_request(self, operation: int, number: int, data: bytes = b"", cols: int = 0, rows: int = 0) -> None:
        if self._child is None:
            self._child = worker_process.start_worker(__name__, **{VARIABLE: None})
        assert self._child.stdin
        self._child.stdin.write(_REQUEST.pack(bytes([operation]), number, cols, rows, len(data)) + data)
        self._child.stdin.flush()

    def _count_replies(self, wanted: int) -> int:
        """Return how many of the `wanted` replies arrived before the child ended or exceeded the timeout."""
        assert self._child
        assert self._child.stdout
        received, output = 0, self._child.stdout.fileno()
        while received < wanted and select.select([output], [], [], PIECE_TIMEOUT_SECONDS)[0]:
            data = os.read(output, 1 << 16)
            if not data:
                break
            received += len(data)
        return received

    def _discard_child(self) -> bool:
        """Kill the child, forget its copies, count the crash and return False."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self.crashes = None, self.crashes + 1
        self._copies.clear()
        self._released.clear()
        return False


def configure(mode: str | None) -> None:
    """Install the vetter for `mode`, the value of `REPLAY_TUI_EMULATOR`; other values are ignored."""
    if mode == ISOLATED:
        input_vetter.vetter = IsolatedProbe()
    elif mode == TEXT_ONLY:
        input_vetter.vetter = TextOnlyFilter()


def isolation_warnings(skipped: int) -> list[tuple[str, str, int]]:
    """Return (code, message, count) of the warnings for a session with `skipped` places that were not drawn."""
    if input_vetter.vetter is None:
        return []
    text_only = isinstance(input_vetter.vetter, TextOnlyFilter)
    consequence = "only its text is shown" if text_only else "crash isolation is on (slower)"
    warnings = [("emulator-ended", f"the terminal emulator crashed on this session: {consequence}", 1)]
    if skipped:
        message = "places were skipped because they crash the terminal emulator; the raw view is complete"
        warnings.insert(0, ("emulator-lost", message, skipped))
    return warnings


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Child process: execute requests on copies of emulators until the input ends."""
    copies: dict[int, Emulator] = {}
    while len(head := requests.read(_REQUEST.size)) == _REQUEST.size:
        operation, number, cols, rows, size = _REQUEST.unpack(head)
        data = requests.read(size)
        if operation[0] == _FORGET:
            copies.pop(number, None)
            continue
        try:
            if operation[0] == _RESTORE:
                copies[number] = Emulator.restore(data)
            elif operation[0] == _RESIZE:
                copies[number].resize(cols, rows)
            elif operation[0] == _FEED:
                copies[number].feed(data)
            else:
                for byte in data[:-1]:
                    copies[number].feed(bytes([byte]))
                    answers.write(_ALIVE)
                copies[number].feed(data[-1:])
        except EmulatorError:  # an error of the library is not a crash
            pass
        answers.write(_ALIVE)


def main() -> None:
    """Serve requests from standard input on standard output."""
    with open(1, "wb", buffering=0, closefd=False) as output:
        serve(sys.stdin.buffer, output)
