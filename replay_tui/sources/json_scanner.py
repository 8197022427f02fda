"""JSON values of any size or depth in a buffer: finding their ends, decoding them, and recovery from damage.

The scanner counts nesting instead of using recursion. Strings and escapes follow RFC 8259. A value is decoded strictly
and fast, leniently if that fails. A damaged array is split around an element with a missing quote or bracket.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import msgspec

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.chunk_reader import ByteBuffer

_SPACE = lazy_compile(rb"[ \t\r\n]*+")
_SCALAR = lazy_compile(rb'[^ \t\r\n",:\[\]{}]++')
_STRUCTURE = lazy_compile(rb'[^"\[\]{}]*+')
_OPEN, _CLOSE = b"[{", b"]}"


class UnexpectedEnd(Exception):
    """Raised if the source ends within a value."""


def skip_space(window: ByteBuffer, pos: int) -> int:
    """Return the next position without white space. Raises `UnexpectedEnd` at the end of the source."""
    while True:
        found = _SPACE.match(window.buf, pos)
        pos = found.end() if found else pos
        if pos < len(window.buf):
            return pos
        if not window.read_more():
            raise UnexpectedEnd


def string_end(window: ByteBuffer, pos: int) -> int:
    """Return the position after the string that starts at `pos`. Raises `UnexpectedEnd` if it is incomplete."""
    first = pos = pos + 1
    while True:
        end = window.buf.find(b'"', pos)
        if end < 0:
            pos = len(window.buf)
            if not window.read_more():
                raise UnexpectedEnd
        elif _is_escaped(window.buf, first, end):
            pos = end + 1
        else:
            return end + 1


def _is_escaped(buf: bytearray, first: int, pos: int) -> bool:
    slash = pos
    while slash > first and buf[slash - 1] == 0x5C:
        slash -= 1
    return (pos - slash) % 2 == 1


def scalar_end(window: ByteBuffer, pos: int) -> int:
    """Return the position after the number or word at `pos`; `pos` if there is none."""
    while True:
        found = _SCALAR.match(window.buf, pos)
        end = found.end() if found else pos
        if end < len(window.buf) or not window.read_more():
            return end


def value_end(window: ByteBuffer, pos: int) -> int:
    """Return the position after the value at `pos`; `pos` if no value starts there.

    Raises `UnexpectedEnd` if the value is incomplete, and for a number or word at the end of the source, which may be
    truncated.
    """
    byte = window.buf[pos]
    if byte == 0x22:
        return string_end(window, pos)
    if byte not in _OPEN:
        end = scalar_end(window, pos)
        if end == len(window.buf):
            raise UnexpectedEnd
        return end
    depth = 0
    while True:
        found = _STRUCTURE.match(window.buf, pos)
        pos = found.end() if found else pos
        if pos == len(window.buf):
            if not window.read_more():
                raise UnexpectedEnd
            continue
        byte = window.buf[pos]
        if byte == 0x22:
            pos = string_end(window, pos)
            continue
        pos += 1
        depth += 1 if byte in _OPEN else -1
        if depth == 0:
            return pos


MAX_DEPTH = 100
"""Nesting limit. Real sessions have under ten levels; recursive JSON encoders fail near a thousand."""

DECODE_ERRORS = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)


def decode_value(raw: bytes) -> Any:
    """Return the value in `raw`. Accepts NaN, Infinity, control characters, lone surrogates and invalid UTF-8.

    Raises `ValueError` for other invalid JSON and for nesting deeper than `MAX_DEPTH`.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    try:
        return msgspec.json.decode(raw)
    except DECODE_ERRORS:
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None


def _depth(raw: bytes) -> int:
    window = ByteBuffer([raw])
    window.read_more()
    deepest = depth = pos = 0
    while pos < len(raw):
        byte = raw[pos]
        if byte == 0x22:
            try:
                pos = value_end(window, pos)
            except UnexpectedEnd:
                break
            continue
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
        pos += 1
    return deepest


def number(value: object) -> float | None:
    """Return a JSON number as a float, else None. NaN and infinities pass; the stream validates them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


LOOKAHEAD_BYTES = 256
"""Maximum match length of a start pattern. Bounded, so that results do not depend on the chunk size."""
_ARRAY_END = rb'\][ \t\r\n]{0,40},[ \t\r\n]{0,40}"\w{1,60}"[ \t\r\n]{0,40}:'


def element_end(window: ByteBuffer, start: re.Pattern[bytes]) -> int | None:
    """Return the end of the element at the start of the window; None if it is damaged.

    Signs of damage: two values without a separator (a missing quote shifts all strings after it), the start of another
    element inside this one (a missing bracket), and nesting beyond `MAX_DEPTH`. Raises `UnexpectedEnd` if the element
    is incomplete.
    """
    depth = 0
    pos = 0
    after_value = False
    while True:
        pos = skip_space(window, pos)
        byte = window.buf[pos]
        if byte in b",:":
            after_value = False
            pos += 1
            continue
        if byte in b"]}":
            depth -= 1
            pos += 1
            after_value = True
        elif after_value:
            return None
        elif byte in b"[{":
            if depth > MAX_DEPTH or (depth and _starts(window, start, pos)):
                return None
            depth += 1
            pos += 1
        elif byte == 0x22:
            pos = string_end(window, pos)
            after_value = True
        else:
            pos = scalar_end(window, pos)
            after_value = True
        if depth <= 0:
            return pos if byte in b"]}" or window.buf[skip_space(window, pos)] in b",]" else None


def _starts(window: ByteBuffer, start: re.Pattern[bytes], pos: int) -> bool:
    window.fill(pos + LOOKAHEAD_BYTES)
    return start.match(window.buf, pos) is not None


@cache
def _start_or_end(start: bytes) -> re.Pattern[bytes]:
    # One pattern, because two searches would each scan the whole buffer for every damaged element.
    return re.compile(b"(?:" + start + b")|" + _ARRAY_END)


def next_element(window: ByteBuffer, start: re.Pattern[bytes]) -> None:
    """Skip to the start of the next element, or to the end of the array if a key follows.

    Raises `UnexpectedEnd` if the source contains neither.
    """
    window.consume(1)
    wanted = _start_or_end(start.pattern)
    while True:
        if found := wanted.search(window.buf):
            window.consume(found.start())
            return
        window.consume(max(0, len(window.buf) - LOOKAHEAD_BYTES))
        if not window.read_more():
            raise UnexpectedEnd
