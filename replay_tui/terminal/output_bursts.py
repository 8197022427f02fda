"""Output bursts: output written so close together in time that no intermediate screen was visible."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.event_stream import EventStream

BURST_SECONDS = 0.05
"""Maximum duration of a burst."""
PAUSE_SECONDS = 0.01
"""A longer pause ends a burst."""
BURST_BYTES = 1 << 14
"""Maximum output of a burst."""


def output_bursts(stream: EventStream, start: int = 0) -> Iterator[tuple[int, float]]:
    """Yield (end offset in output bytes, time in seconds) of each burst after output offset `start`."""
    begin, first, end, last = start, 0.0, start, 0.0
    for time, after in stream.iter_output_ends():
        if after <= end:  # no output, or output before `start`
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
