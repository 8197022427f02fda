"""Splitter for damaged arrays: finds the elements around one with a missing quote or bracket."""

from __future__ import annotations

import re
from functools import cache

from replay_tui.sources.byte_buffer import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd, scalar_end, skip_space, string_end
from replay_tui.sources.json_values import MAX_DEPTH

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
