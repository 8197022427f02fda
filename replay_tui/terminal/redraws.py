"""Redraws that no key caused: where a program answers a resize of its terminal.

A program redraws its screen, and a shell its prompt, as soon as the size changes. So a change of the size that later
output reveals began at such a redraw.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from replay_tui.domain.event_stream import INPUT, OUTPUT_KINDS, EventStream
from replay_tui.domain.lazy_regex import lazy_compile

SILENCE_SECONDS = 0.05
"""Silence of the program before a redraw."""
ANSWER_SECONDS = 0.15
"""Time in which output is the answer to a key."""
BURST_SECONDS = 0.3
"""Silence that ends what is drawn at once."""
MAX_EVENTS, MAX_BURST_EVENTS, MAX_CANDIDATES = 400_000, 2000, 2000
"""Events of a part that are examined, of a burst, and places in a part that are compared with what was before."""
MAX_LINE_BYTES = 400

_PREFIX = rb"(?:\x1b\[[?>\d;]*[mhl]|\x1b[()][0B]|\x1b[=>78]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|\x0f)*+"
# The top of the screen, a clear, a scrolling region, the switch of the screen, or less that shows a short text again.
_FULL = lazy_compile(
    _PREFIX
    + rb"(?:\x1b\[(?:1?;?1?H|[23]?J|(?:1;)?\d{0,3}r|r)"
    + rb"|\x1b\[\d{1,3};1H(?:\x1b\[[\d;]*m|\x1b\(B)*\x1b\[\?1049l|\.\.\.skipping\.\.\.\r\n)"
)
_REPLY = lazy_compile(rb"\x1b(?:[P\]]|\[[?>=\d][\d;?$]*[cnRytu])")
_FIRST = b"\x1b\r\x0f."
_LINE = lazy_compile(_PREFIX + rb"\r")
_SEQUENCE = lazy_compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()].|\x1b.|[\x00-\x09\x0b-\x20]"
)


class Redraw(Struct, frozen=True):
    """A redraw that begins at an output offset: of the whole screen, or of a shell's line."""

    start: int
    is_line: bool


def redraws(stream: EventStream, start: int, end: int) -> Iterator[Redraw]:
    """Yield the redraws that begin between two output offsets and that no key caused."""
    if start >= end or not len(stream):
        return
    first, last = stream.event_at_output(start), stream.event_at_output(end - 1)
    times, kinds, ends = stream.times, stream.kinds, stream.output_ends
    silent_since, key, left = times[first] - ANSWER_SECONDS, -1, MAX_CANDIDATES
    for index in range(first, min(last + 1, first + MAX_EVENTS)):
        kind = kinds[index]
        if kind == INPUT:
            key = index
        elif kind in OUTPUT_KINDS:
            time, offset = times[index], ends[index - 1] if index else 0
            if time - silent_since >= SILENCE_SECONDS and offset > start and stream.output[offset] in _FIRST:
                if not _is_answer(stream, key, time) and (found := _redraw(stream, offset)):
                    yield found
                left -= 1
                if not left:
                    return
            silent_since = time


def _is_answer(stream: EventStream, key: int, time: float) -> bool:
    """Return True if output at `time` follows the input event `key`, or the one before a terminal's reply."""
    while key >= 0 and time - stream.times[key] < ANSWER_SECONDS:
        if stream.kinds[key] == INPUT and _is_key(stream, key):
            return True
        key -= 1
    return False


def burst_end(stream: EventStream, offset: int) -> int:
    """Return the output offset where the burst that holds `offset` ends: before a key, or a silence."""
    last = first = stream.event_at_output(offset)
    time = stream.times[first]
    for index in range(first + 1, min(len(stream), first + MAX_BURST_EVENTS)):
        if stream.kinds[index] == INPUT and _is_key(stream, index):
            break
        if stream.kinds[index] in OUTPUT_KINDS:
            if stream.times[index] - time > BURST_SECONDS:
                break
            time, last = stream.times[index], index
    return stream.output_length_after(last + 1)


def _is_key(stream: EventStream, index: int) -> bool:
    """Return False if an input event is the terminal's reply to a query."""
    start = stream.other_length_after(index)
    return stream.other[start : start + 1] != b"\x1b" or not _REPLY.match(stream.data(index))


def _redraw(stream: EventStream, offset: int) -> Redraw | None:
    """Return the redraw there, which begins at the top of the screen or writes the line before it again."""
    data = bytes(stream.output[offset : offset + 4 * MAX_LINE_BYTES])
    if _FULL.match(data):
        return Redraw(offset, False)
    if not _LINE.match(data):
        return None
    data = data[: burst_end(stream, offset) - offset]
    before = bytes(stream.output[max(0, offset - MAX_LINE_BYTES) : offset])
    shown, again = (_SEQUENCE.sub(b"", part.rpartition(b"\n")[2]) for part in (before, data))
    return Redraw(offset, True) if again and shown.endswith(again[:60]) else None
