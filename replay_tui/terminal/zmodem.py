"""ZMODEM file transfers (`sz`, `rz`) in a terminal's stream: where they are, and the stream without their bytes.

The bytes of a transfer are a protocol between the host and the user's terminal program. They are neither text on the
screen nor typed keys. Only whole headers, data with a valid checksum and binary data between them count as protocol;
the first text ends the transfer, so that commands cannot be hidden behind a printed frame header.

Source: Chuck Forsberg, "The ZMODEM Inter Application File Transfer Protocol" (1988).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct, field

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.event_stream import INPUT, OUTPUT_KINDS, EventStream, RedactedSpan
from replay_tui.domain.lazy_regex import lazy_compile

_HEX_HEADER = lazy_compile(rb"\*{1,2}\x18B([0-9a-f]{14})\r?[\n\x8a]\x11?")
_ANY_HEADER = lazy_compile(rb"\*{1,2}\x18[ABC]")
_FILLER = lazy_compile(rb"[\r\n\x8a\x8d\x11\x13\x91\x93\0\x16]+")
_PREAMBLE = lazy_compile(rb"rz\r(?=\*{1,2}\x18[ABC])")
"""Text before the first header of a sender, which starts the receiver if a shell reads it."""
_CANCEL = lazy_compile(rb"\x18{5,}\x08*")
_END = b"OO"
"""Sent by the sender after the last frame ("over and out")."""
_ZFILE, _ZDATA, _ZFIN = 4, 10, 8
_WITH_DATA = frozenset((2, _ZFILE, _ZDATA, 18))
"""Frame types that data subpackets follow: ZSINIT, ZFILE, ZDATA, ZCOMMAND."""
_MAX_SUBPACKET_BYTES = 2 * 8192 + 64
"""Twice the largest subpacket, because each byte can be escaped."""
IGNORED = b"\x16"
"""SYN, which terminals ignore."""
_SUBPACKET_END = lazy_compile(rb"\x18([h-k])")
_CONTINUES = b"ij"
_ESCAPE = lazy_compile(rb"\x18([^h-k])|[\x11\x13\x91\x93]", re.DOTALL)
"""An escaped byte, or flow control between the programs' terminals."""
_DELETES = {b"l": b"\x7f", b"m": b"\xff"}
_MAX_ATTEMPTS = 3
"""Starts that are tried for one end of a subpacket, so that the time is linear."""
_TEXT_CONTROLS = frozenset(b"\a\b\t\n\r\x1b")
_BINARY_PART, _MIN_BINARY_BYTES = 1 / 32, 8
"""Part of control characters from which data counts as binary; random bytes have about a tenth."""


class FileTransfer(Struct):
    """A transfer: offset in the output and time in seconds of its start, time of its last frame, protocol bytes.

    `file_names` are as named in it, not sanitised; `is_complete` is True if its last frame was sent.
    """

    offset: int
    start: float
    end: float
    byte_count: int = 0
    file_names: list[str] = field(default_factory=list)
    is_complete: bool = False

    @property
    def text(self) -> str:
        """File names and size, not sanitised."""
        names = ", ".join(self.file_names) or "no file name"
        return f"{names} ({self.byte_count:,} bytes{'' if self.is_complete else ', incomplete'})"


class FoundTransfers(Struct, dict=True):
    """The transfers of a stream, and the protocol bytes as (event, start in its payload, end)."""

    transfers: list[FileTransfer]
    spans: list[tuple[int, int, int]]

    @cached_property
    def by_event(self) -> dict[int, list[tuple[int, int]]]:
        """The protocol bytes of each event as (start, end), in order."""
        found: dict[int, list[tuple[int, int]]] = {}
        for event, start, end in sorted(self.spans):
            found.setdefault(event, []).append((start, end))
        return found

    def keys_of(self, event: int, data: bytes) -> bytes:
        """Return the payload of an input event without protocol bytes."""
        keys = bytearray(data)
        for start, end in reversed(self.by_event.get(event, ())):
            del keys[start:end]
        return bytes(keys)

    def locate_keys(self, span: RedactedSpan) -> RedactedSpan:
        """Return where bytes of `keys_of` an input event are in its payload."""
        first, last = span.start, span.stop - 1
        for start, end in self.by_event.get(span.event, ()):
            first += end - start if start <= first else 0
            last += end - start if start <= last else 0
        return span._replace(start=first, stop=last + 1)


class _Direction:
    """Parser of one direction: the bytes, and how far they are known to be protocol."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.known_until = 0
        self.file_name = ""  # of the last frame, if it named a file
        self._in_data = self._wide_crc = False
        self._frame_type = -1
        self._next_end = _SUBPACKET_END.search(data)
        self._attempts = 0  # checks of a subpacket that ends there

    @property
    def is_end(self) -> bool:
        """Whether the last frame ends the session (ZFIN)."""
        return self._frame_type == _ZFIN

    def parse_frame(self, pos: int) -> int:
        """Return the end of the header, or of the data subpacket with a valid checksum, at `pos`; `pos` for neither."""
        self.file_name = ""
        if self._in_data and (end := self._parse_subpacket(pos)) > pos:
            return end
        self._frame_type = -1
        if found := _HEX_HEADER.match(self.data, pos):
            return self._begin(int(found[1][:2], 16), found.end(), wide_crc=False)
        found = _ANY_HEADER.match(self.data, pos)
        if not found or self.data[found.end() - 1] == 0x42:
            return pos
        wide = self.data[found.end() - 1] == 0x43
        header, end = _unescape(self.data, found.end(), 9 if wide else 7)
        if len(header) == (9 if wide else 7) and _is_checked(header, wide):
            return self._begin(header[0], end, wide_crc=wide)
        return pos

    def _begin(self, frame_type: int, end: int, *, wide_crc: bool) -> int:
        self._frame_type, self._wide_crc, self._in_data = frame_type, wide_crc, frame_type in _WITH_DATA
        return end

    def _parse_subpacket(self, pos: int) -> int:
        found = self._next_end
        if found is not None and found.start() < pos:
            found = self._next_end = _SUBPACKET_END.search(self.data, pos)
            self._attempts = 0
        if found is None or found.start() - pos > _MAX_SUBPACKET_BYTES or self._attempts >= _MAX_ATTEMPTS:
            return pos
        self._attempts += 1
        kind = found[1]
        checksum, end = _unescape(self.data, found.end(), 4 if self._wide_crc else 2)
        content = _ESCAPE.sub(_unescaped, self.data[pos : found.start()])
        if not _is_checked(content + kind + checksum, self._wide_crc):
            return pos
        self._in_data = kind in _CONTINUES
        if self._frame_type == _ZFILE:
            self.file_name = content.partition(b"\0")[0].decode("utf-8", "replace")
        return end


def _unescaped(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    return b"" if escaped is None else _DELETES.get(escaped) or bytes((escaped[0] ^ 0x40,))


def _unescape(data: bytes, pos: int, count: int) -> tuple[bytes, int]:
    """Return `count` bytes from `pos` without ZDLE escapes and flow control, and the end position."""
    found, end = b"", pos
    while len(found) < count and end < len(data):
        step = 2 if data[end] == 0x18 else 1
        found += _ESCAPE.sub(_unescaped, data[end : end + step])
        end += step
    return found[:count], end


def _is_checked(data: bytes, wide: bool) -> bool:
    """Return True if the checksum at the end of `data` is valid: CRC-32, little-endian, or CRC-16."""
    if wide:
        return len(data) > 4 and binascii.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
    return len(data) > 2 and binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:])


def _is_binary(data: bytes) -> bool:
    if len(data) < _MIN_BINARY_BYTES:
        return False
    controls = sum(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in data)
    return controls > len(data) * _BINARY_PART


class _TransferFinder:
    """Reads the events in order, because text in one direction ends the transfer in both."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._output, self._input = _Direction(bytes(stream.output)), _Direction(bytes(stream.other))
        self._open: FileTransfer | None = None
        self.found = FoundTransfers([], [])

    def run(self) -> None:
        stream = self._stream
        event = self._next_header_event(0)
        while event < len(stream):
            check_cancelled()
            code = stream.kinds[event]
            if code in OUTPUT_KINDS:
                self._read(event, self._output, stream.output_length_after)
            elif code == INPUT:
                self._read(event, self._input, stream.other_length_after)
            is_idle = self._open is None and self._output.known_until <= stream.output_length_after(event + 1)
            event = self._next_header_event(stream.output_length_after(event + 1)) if is_idle else event + 1

    def _next_header_event(self, offset: int) -> int:
        """Return the event of the next frame header in the output; the number of events if there is none."""
        found = _ANY_HEADER.search(self._output.data, offset)
        return self._stream.event_at_output(found.start()) if found else len(self._stream)

    def _read(self, event: int, direction: _Direction, length_after: Callable[[int], int]) -> None:
        start, end = length_after(event), length_after(event + 1)
        pos = min(max(start, direction.known_until), end)
        self._add(event, 0, pos - start)
        while pos < end:
            if self._open is None:
                header = _ANY_HEADER.search(direction.data, pos) if direction is self._output else None
                if header is None or header.start() >= end:
                    return
                pos = header.start()
                if direction.parse_frame(pos) == pos:
                    pos += 1
                    continue
                self._begin(event, pos)
            known = self._protocol_end(direction, pos, end)
            if known == pos:  # text
                self._open = None
                continue
            self._add(event, pos - start, min(known, end) - start)
            direction.known_until, pos = known, min(known, end)

    def _begin(self, event: int, offset: int) -> None:
        time = self._stream.times[event]
        self._open = FileTransfer(offset, time, time)
        self.found.transfers.append(self._open)

    def _add(self, event: int, start: int, end: int) -> None:
        if start == end:
            return
        self.found.spans.append((event, start, end))
        transfer = self.found.transfers[-1]
        transfer.end = self._stream.times[event]
        transfer.byte_count += end - start

    def _protocol_end(self, direction: _Direction, pos: int, end: int) -> int:
        """Return the end of the protocol bytes at `pos` in an open transfer; `pos` for text."""
        transfer = self._open
        assert transfer is not None
        if (known := direction.parse_frame(pos)) > pos:
            transfer.is_complete = transfer.is_complete or direction.is_end
            transfer.file_names += [direction.file_name] if direction.file_name else []
            return known
        if transfer.is_complete and direction.data.startswith(_END, pos):
            self._open = None
            return pos + len(_END)
        if found := _CANCEL.match(direction.data, pos, end):
            self._open = None
            return found.end()
        if found := _FILLER.match(direction.data, pos, end) or _PREAMBLE.match(direction.data, pos):
            return found.end()
        header = _ANY_HEADER.search(direction.data, pos + 1, end)
        damaged_until = header.start() if header else end
        return damaged_until if _is_binary(direction.data[pos:damaged_until]) else pos


def find_transfers(stream: EventStream) -> FoundTransfers:
    """Return the transfers in a terminal's stream. Linear in its length; most streams have none and cost one search."""
    # A search for one byte is thirty times faster, and CAN is rare.
    if 0x18 not in stream.output or b"*\x18" not in stream.output:
        return FoundTransfers([], [])
    finder = _TransferFinder(stream)
    finder.run()
    return finder.found


def without_transfers(stream: EventStream, found: FoundTransfers) -> EventStream:
    """Return a copy for drawing and reading keys: protocol bytes in the output are SYNs, in the input removed.

    Terminals ignore SYN (0x16), and the offsets in the output stay the same. Returns `stream` itself without transfers.
    """
    if not found.spans:
        return stream
    made = EventStream()
    for one in stream.events():
        data = one.data if one.kind in "oe" else found.keys_of(one.index, one.data)
        made.append(one.time, one.kind, data)
        if one.kind in "oe":
            begin = len(made.output) - len(data)
            for start, end in found.by_event.get(one.index, ()):
                made.output[begin + start : begin + end] = IGNORED * (end - start)
    made.timed, made.complete, made.log = stream.timed, stream.complete, stream.log
    return made


def frame_headers(data: bytes, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each frame header in the protocol bytes `first` to `last`."""
    at = first
    while found := _ANY_HEADER.search(data, at, last):
        whole = _HEX_HEADER.match(data, found.start(), last)
        wide = data[found.end() - 1] == 0x43
        at = whole.end() if whole else _unescape(data, found.end(), 9 if wide else 7)[1]
        yield found.start(), at
