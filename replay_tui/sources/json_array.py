"""Reading a long JSON array in chunks: whole pieces through a fast typed decoder, damaged ones element by element.

A piece is cut where one element ends and the next begins. Should that spot lie inside a string, the piece has a string
without an end and its decode fails; so a piece that decodes was cut rightly, and a failure costs only time: the piece
is halved some times over, and the smallest is split by `splitter`, which knows strings and depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.sources.byte_buffer import ByteBuffer
from replay_tui.sources.json_recovery import element_end, next_element
from replay_tui.sources.json_scanner import UnexpectedEnd, skip_space, string_end
from replay_tui.sources.json_values import DECODE_ERRORS

FIRST_PIECE_BYTES = 128 * 1024
"""Bytes of the first piece: small, so that the first frame does not wait."""
MAX_PIECE_BYTES = 256 * 1024
MIN_PIECE_BYTES = 16 * 1024
BAD_JSON = "places in the file are not valid JSON; what could not be made out is left out"
_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_SEPARATORS = b" \t\r\n,"


@dataclass(frozen=True, slots=True)
class ElementFormat:
    """How an array's elements look and where they go.

    `opening` is an element's first byte, `bulk` takes a JSON array of clean elements and raises one of
    `values.DECODE_ERRORS` before it has any effect, `single` takes one element of any sort and never raises, `start`
    matches how an element begins (for finding the next one after damage).
    """

    opening: bytes
    bulk: Callable[[bytes], None]
    single: Callable[[bytes], None]
    start: re.Pattern[bytes]

    @property
    def closing(self) -> bytes:
        """An element's last byte."""
        return b"]" if self.opening == b"[" else b"}"


def read_elements(window: ByteBuffer, form: ElementFormat, log: FidelityWarnings) -> Iterator[None]:
    """Read the array whose first element (or end) stands at the window's start; yields after each piece.

    Ends with the window behind the closing bracket. Raises `Cut` if the source ends first; what is left in the window
    is the incomplete element.
    """
    size = FIRST_PIECE_BYTES
    while not _at_end(window, form, log):
        window.fill(size)
        piece = min(len(window.buf), size)
        length = _decode_piece(window, form, piece)
        if length is not None and length > 0:
            window.consume(length)
            size = min(size * 4, MAX_PIECE_BYTES)
        elif length is not None and piece > MIN_PIECE_BYTES:
            size = max(piece // 8, MIN_PIECE_BYTES)
            continue
        else:
            _read_one_by_one(window, form, log, piece)
        yield


def _at_end(window: ByteBuffer, form: ElementFormat, log: FidelityWarnings) -> bool:
    """Skip separators; step over the array's end if the window has come to it."""
    while True:
        pos = skip_space(window, 0)
        byte = window.buf[pos]
        if byte == 0x2C:
            window.consume(pos + 1)
            continue
        window.consume(pos)
        if _is_key(window, 0):
            log.add("bad-json", BAD_JSON)
            return True
        if byte != 0x5D:
            return False
        stray = _is_stray(window, form)
        window.consume(1)
        if not stray:
            return True
        log.add("bad-json", BAD_JSON)


def _is_key(window: ByteBuffer, pos: int) -> bool:
    """Whether an object's key stands at `pos`: then the array's closing bracket got lost."""
    if window.buf[pos] != 0x22:
        return False
    try:
        return window.buf[skip_space(window, string_end(window, pos))] == 0x3A
    except UnexpectedEnd:
        return False


def _is_stray(window: ByteBuffer, form: ElementFormat) -> bool:
    """Whether more elements follow the bracket at the window's start, which then ends nothing."""
    try:
        pos = skip_space(window, 1)
        if window.buf[pos] == 0x2C:
            pos = skip_space(window, pos + 1)
            return window.buf[pos : pos + 1] == form.opening
        return window.buf[pos] in (0x5D, form.opening[0])
    except UnexpectedEnd:
        return False


def _decode_piece(window: ByteBuffer, form: ElementFormat, limit: int) -> int | None:
    """Decode whole elements among the first `limit` bytes: how many bytes that took.

    0 where the bytes do not decode, None where no element ends among them.
    """
    buf = window.buf
    border = _last_border(buf, form, limit)
    if border and (length := _decode_first(buf, form, border)):
        return length  # a border behind the array's end would have left brackets that do not match
    end = buf.find(form.closing + b"]", 0, limit)
    if end >= 0:
        return _decode_first(buf, form, end + 1)
    # As written by a program that indents.
    found = re.compile(re.escape(form.closing) + rb"[ \t\r\n]+\]").search(buf, 0, limit)
    if found:
        return _decode_first(buf, form, found.start() + 1)
    return 0 if border else None


def _decode_first(buf: bytearray, form: ElementFormat, length: int) -> int:
    with memoryview(buf) as view:
        raw = b"".join((b"[", view[:length], b"]"))
    try:
        form.bulk(raw)
    except DECODE_ERRORS:
        return length if _read_flat(raw, form) else 0
    return length


def _read_flat(raw: bytes, form: ElementFormat) -> bool:
    """Read a piece that is valid JSON though not of clean elements; False if it is not, or where elements nest."""
    try:
        found = [bytes(element) for element in _RAW.decode(raw)]
    except DECODE_ERRORS:
        return False
    if any(b"[" in element[1:] or b"{" in element[1:] for element in found):
        return False
    for element in found:
        form.single(element)
    return True


def _last_border(buf: bytearray, form: ElementFormat, limit: int) -> int:
    """The end of the last element that another one follows; 0 where there is none."""
    pos = limit
    while (pos := buf.rfind(form.opening, 1, pos)) > 0:
        end = pos - 1
        commas = 0
        while end > 0 and buf[end] in _SEPARATORS:
            commas += buf[end] == 0x2C
            end -= 1
        if commas == 1 and buf[end] == form.closing[0]:
            return end + 1
    return 0


def _read_one_by_one(window: ByteBuffer, form: ElementFormat, log: FidelityWarnings, region: int) -> None:
    """Read elements one by one until `region` bytes are used up; stops before the array's end."""
    until = window.base + region
    while window.base < until:
        pos = skip_space(window, 0)
        byte = window.buf[pos]
        if byte == 0x2C:
            window.consume(pos + 1)
            continue
        window.consume(pos)
        if byte == 0x5D or _is_key(window, 0):
            return
        end = element_end(window, form.start)
        if end is None:
            log.add("bad-json", BAD_JSON)
            next_element(window, form.start)
        else:
            form.single(window.take(end))
