"""Moments of output: what was written so closely together that nobody saw the screen in between."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.event_stream import EventStream

BURST_SECONDS = 0.05
"""Events this close together count as one moment of writing."""
PAUSE_SECONDS = 0.01
"""A pause of this length ends a moment as well."""
BURST_BYTES = 1 << 14


def output_bursts(stream: EventStream, start: int = 0) -> Iterator[tuple[int, float]]:
    """Ends of screen bytes, from `start` on, that are drawn together, with their time in seconds.

    Together are `BURST_BYTES` at most.
    """
    begin, first, end, last = start, 0.0, start, 0.0
    for time, after in stream.iter_output_ends():
        if after <= end:  # no output, or none of interest
            continue
        if end > begin and (time - last > PAUSE_SECONDS or time - first > BURST_SECONDS):
            yield end, last
            begin = end
        if end == begin:
            first = time
        end, last = after, time
        while end - begin > BURST_BYTES:
            begin += BURST_BYTES
            yield begin, time
            first = time
    if end > begin:
        yield end, last
