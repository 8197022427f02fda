"""Chunked reader for long JSON arrays: a fast typed decoder for valid pieces, element by element for damaged ones.

A piece ends at what looks like the end of an element. If that position is inside a string, the piece contains an
unterminated string and fails to decode. A piece that decodes was therefore split correctly, and a failure costs only
time: the reader retries with smaller pieces and splits the smallest with `json_recovery`, which tracks strings and
depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.json_scanner import (
    DECODE_ERRORS,
    UnexpectedEnd,
    element_end,
    next_element,
    skip_space,
    string_end,
)

FIRST_PIECE_BYTES = 128 * 1024
"""Small, so that the first frame is displayed early."""
MAX_PIECE_BYTES = 256 * 1024
MIN_PIECE_BYTES = 16 * 1024
BAD_JSON = "places in the file are not valid JSON; the damaged parts are skipped"
_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_SEPARATORS = b" \t\r\n,"


class ElementFormat(Struct, frozen=True):
    """Syntax of an array's elements and the functions that store them.

    Attributes:
        opening: first byte of an element.
        bulk: stores a JSON array of valid elements; raises one of `json_values.DECODE_ERRORS` before storing any.
        single: stores one element of any type; never raises.
        start: matches the start of an element, to find the next one after damage.
    """

    opening: bytes
    bulk: Callable[[bytes], None]
    single: Callable[[bytes], None]
    start: re.Pattern[bytes]

    @property
    def closing(self) -> bytes:
        """Last byte of an element."""
        return b"]" if self.opening == b"[" else b"}"


def read_elements(window: ByteBuffer, form: ElementFormat, log: FidelityWarnings) -> Iterator[None]:
    """Read an array from its first element at the start of `window`, yielding after each piece.

    Consumes the closing bracket. Raises `UnexpectedEnd` if the array is incomplete; the window then contains the
    incomplete element.
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
    """Skip separators. Return True at the end of the array, after consuming its closing bracket."""
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
    """Return True if an object key is at `pos`, which means that the array's closing bracket is missing."""
    if window.buf[pos] != 0x22:
        return False
    try:
        return window.buf[skip_space(window, string_end(window, pos))] == 0x3A
    except UnexpectedEnd:
        return False


def _is_stray(window: ByteBuffer, form: ElementFormat) -> bool:
    """Return True if more elements follow the closing bracket at the start of the window."""
    try:
        pos = skip_space(window, 1)
        if window.buf[pos] == 0x2C:
            pos = skip_space(window, pos + 1)
            return window.buf[pos : pos + 1] == form.opening
        return window.buf[pos] in (0x5D, form.opening[0])
    except UnexpectedEnd:
        return False


def _decode_piece(window: ByteBuffer, form: ElementFormat, limit: int) -> int | None:
    """Decode the complete elements in the first `limit` bytes and return their length in bytes.

    Returns 0 if they cannot be decoded, and None if no element ends in these bytes.
    """
    buf = window.buf
    border = _last_border(buf, form, limit)
    if border and (length := _decode_first(buf, form, border)):
        return length  # a border after the end of the array would leave unbalanced brackets
    end = buf.find(form.closing + b"]", 0, limit)
    if end >= 0:
        return _decode_first(buf, form, end + 1)
    # Indented JSON.
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
    """Store a piece of valid JSON with invalid elements. Return False for invalid JSON or nested elements."""
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
    """Return the end of the last element that is followed by another one; 0 if there is none."""
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
    """Read single elements until `region` bytes are consumed or the array ends."""
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
