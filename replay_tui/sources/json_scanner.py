"""Finding where JSON values end in a window, without decoding them and whatever their size or depth.

Depth is counted, never recursed into, so nesting costs no stack. Strings and escapes follow RFC 8259; what stands
outside strings is not judged here: the decoder does that.
"""

from __future__ import annotations

import re

from replay_tui.sources.byte_buffer import ByteBuffer

_SPACE = re.compile(rb"[ \t\r\n]*+")
_SCALAR = re.compile(rb'[^ \t\r\n",:\[\]{}]++')
_STRUCTURE = re.compile(rb'[^"\[\]{}]*+')
_OPEN, _CLOSE = b"[{", b"]}"


class UnexpectedEnd(Exception):
    """The source ends in the middle of a value."""


def skip_space(window: ByteBuffer, pos: int) -> int:
    """The next position that holds no white space. Raises `Cut` where the source ends first."""
    while True:
        found = _SPACE.match(window.buf, pos)
        pos = found.end() if found else pos
        if pos < len(window.buf):
            return pos
        if not window.read_more():
            raise UnexpectedEnd


def string_end(window: ByteBuffer, pos: int) -> int:
    """The position after the string whose opening quote is at `pos`. Raises `Cut`."""
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
    """The position after the number or word at `pos`; the same position where there is none."""
    while True:
        found = _SCALAR.match(window.buf, pos)
        end = found.end() if found else pos
        if end < len(window.buf) or not window.read_more():
            return end


def value_end(window: ByteBuffer, pos: int) -> int:
    """The position after the value at `pos`; the same position where no value can start. Raises `Cut`.

    A number or word that the end of the source cuts off counts as cut too: nobody can tell 12 from 123.
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
