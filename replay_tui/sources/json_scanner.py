"""Scanner that finds the end of JSON values of any size or depth in a buffer without decoding them.

Nesting is counted instead of using recursion. Strings and escapes follow RFC 8259; the decoder validates the rest.
"""

from __future__ import annotations

import re

from replay_tui.sources.byte_buffer import ByteBuffer

_SPACE = re.compile(rb"[ \t\r\n]*+")
_SCALAR = re.compile(rb'[^ \t\r\n",:\[\]{}]++')
_STRUCTURE = re.compile(rb'[^"\[\]{}]*+')
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
