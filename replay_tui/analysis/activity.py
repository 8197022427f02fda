"""How busy a recording was: bytes per slot of the timeline, and the stretches in which nothing happened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import sub

from replay_tui.domain.stream import ERROR, INPUT, OUTPUT, EventStream

_ACTIVE = bytes((OUTPUT, INPUT, ERROR))
_PIECE = 65536


def activity(stream: EventStream, slots: int, start: float = 0.0, end: float | None = None) -> list[tuple[int, int]]:
    """Output and input bytes in each of `slots` equal slots between `start` and `end` (seconds).

    A slot holds the events with `slot start <= time < slot end`, the last one also those at its end; the first one
    takes what lies before a `start` of 0. `end` is the stream's duration where it is not given. The cost depends on
    `slots`, not on the number of events.
    """
    if slots <= 0:
        return []
    count = len(stream)
    end = stream.duration if end is None else end
    width = max(0.0, end - start) / slots
    bounds = [bisect_left(stream.times, start + slot * width, 0, count) for slot in range(slots)]
    if start <= 0:
        bounds[0] = 0
    bounds.append(max(bounds[-1], bisect_right(stream.times, max(start, end), 0, count)))
    outputs = [stream.screen_end(bound) for bound in bounds]
    inputs = [stream.other_end(bound) for bound in bounds]
    return [(outputs[slot + 1] - outputs[slot], inputs[slot + 1] - inputs[slot]) for slot in range(slots)]


def idle_gaps(stream: EventStream, threshold: float, end: float | None = None) -> list[tuple[float, float]]:
    """Stretches longer than `threshold` seconds without input or output, as (start, end) in seconds.

    The wait before the first event counts, and so does the one after the last where `end` (the session's length in
    seconds) is given.
    """
    gaps: list[tuple[float, float]] = []
    last = 0.0
    for times in _active_times(stream):
        before = [last, *times]
        gaps += [(before[at], times[at]) for at, gap in enumerate(map(sub, times, before)) if gap > threshold]
        last = before[-1]
    if end is not None and end - last > threshold:
        gaps.append((last, end))
    return gaps


def _active_times(stream: EventStream) -> Iterator[Sequence[float]]:
    """Piece by piece: one list of a million times keeps the interpreter from every other thread for 30 ms."""
    count = len(stream)
    for start in range(0, count, _PIECE):
        stop = min(count, start + _PIECE)
        times, kinds = stream.times[start:stop], stream.kinds[start:stop]
        if kinds.translate(None, _ACTIVE):
            yield [time for time, kind in zip(times, kinds, strict=True) if kind in _ACTIVE]
        else:
            yield times
