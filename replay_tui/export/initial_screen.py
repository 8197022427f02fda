"""Initial screen of an exported range: output that draws the screen at its start, and an incomplete sequence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.export.terminal_state import serialize_terminal_state
from replay_tui.terminal.stream_renderer import StreamRenderer

_MAX_SEQUENCE_BYTES = 1 << 16
"""Limit of an incomplete sequence; the start of a longer one is lost."""
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[ -/]*|[\]P_^X][^\x07\x1b]*)\Z", re.DOTALL)
_UNFINISHED_DCS = re.compile(rb"\x1b[P_^X][^\x1b]*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class InitialScreen:
    """`data` draws the screen after `offset` output bytes on a new terminal of `cols` x `rows` cells."""

    offset: int
    data: bytes
    cols: int
    rows: int


def initial_screen_at(
    stream: EventStream, sizes: SizeTimeline, start: float, is_cancelled: Callable[[], bool]
) -> InitialScreen:
    """Return the screen after all events with time <= `start` (seconds). Raises `Cancelled`."""
    target = stream.output_length_after(stream.event_count_at(start))
    renderer = StreamRenderer(stream, sizes)
    renderer.render_to(_last_safe_offset(stream.output, target), is_cancelled)
    cols, rows = renderer.emulator.size
    drawn = serialize_terminal_state(renderer.emulator).encode("utf-8", "replace")
    return InitialScreen(renderer.offset, drawn + bytes(stream.output[renderer.offset : target]), cols, rows)


def _last_safe_offset(output: bytearray, end: int) -> int:
    """Return the last offset up to `end` that is not within a character or control sequence."""
    floor = max(0, end - _MAX_SEQUENCE_BYTES)
    while True:
        before = end
        end -= _incomplete_character_length(bytes(output[max(0, end - 3) : end]))
        escape = output.rfind(b"\x1b", floor, end)
        if escape >= 0:
            tail = bytes(output[escape:end])
            if _UNFINISHED.match(tail) or _UNFINISHED_DCS.match(tail):
                end = escape
        if end == before:
            return end


def _incomplete_character_length(tail: bytes) -> int:
    """Return the number of bytes of an incomplete UTF-8 character at the end of `tail`."""
    for length in range(1, len(tail) + 1):
        lead = tail[-length]
        if lead & 0xC0 != 0x80:
            whole = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC2 else 1
            return length if whole > length and lead < 0xF5 else 0
    return 0
