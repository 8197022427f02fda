"""Search for secrets in the payloads of a stream: typed again, or printed by a program.

The payloads of one direction are searched as one text, so that the cuts between events do not matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import OUTPUT_KINDS, EventStream, RedactedSpan
from replay_tui.redaction.secret_finder import SecretFinder

_BLOCK_BYTES = 1 << 22
_OVERLAP_BYTES = 1 << 16
"""A secret is found across the border of two blocks if it takes less than this, with its control sequences."""


def find_printed(
    stream: EventStream, finder: SecretFinder, count: int, is_cancelled: Callable[[], bool] = never_cancelled
) -> list[RedactedSpan]:
    """Return the bytes of secrets in the first `count` events; `finder` searches bytes. Raises `Cancelled`."""
    if not finder:
        return []
    found: list[RedactedSpan] = []
    for buffer, length_after, is_output in (
        (stream.output, stream.output_length_after, True),
        (stream.other, stream.other_length_after, False),
    ):
        spans = list(_find_in(buffer, length_after(count), finder, is_cancelled))
        if spans:
            events = [at for at in range(count) if (stream.kinds[at] in OUTPUT_KINDS) is is_output and stream.size(at)]
            found += _by_event(spans, events, [length_after(at + 1) for at in events])
    return found


def _find_in(
    buffer: bytearray, size: int, finder: SecretFinder, is_cancelled: Callable[[], bool]
) -> Iterator[tuple[int, int]]:
    """Yield (start, end) in the first `size` bytes of a buffer. Spans of neighbouring blocks may overlap."""
    for start in range(0, size, _BLOCK_BYTES):
        if is_cancelled():
            raise Cancelled
        first = max(0, start - _OVERLAP_BYTES)
        block = bytes(buffer[first : min(size, start + _BLOCK_BYTES)]).decode("latin-1")
        yield from ((first + begin, first + end) for begin, end in finder.spans(block))


def _by_event(spans: Sequence[tuple[int, int]], events: Sequence[int], ends: Sequence[int]) -> Iterator[RedactedSpan]:
    """Yield spans of a buffer as spans of the events whose payloads end at `ends`."""
    for start, end in spans:
        at = bisect_right(ends, start)
        while start < end and at < len(ends):
            begin = ends[at - 1] if at else 0
            stop = min(end, ends[at])
            yield RedactedSpan(events[at], start - begin, stop - begin)
            start, at = stop, at + 1  # noqa: PLW2901
