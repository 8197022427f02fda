"""Activity of a recording over time: bytes per slot of the timeline, and idle gaps."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from operator import sub

from replay_tui.domain.event_stream import ERROR, INPUT, OUTPUT, EventStream

_ACTIVE = bytes((OUTPUT, INPUT, ERROR))
_BLOCK_EVENTS = 32
"""Events that are examined one by one only if their block is longer than the threshold."""


def activity(stream: EventStream, slots: int, start: float = 0.0, end: float | None = None) -> list[tuple[int, int]]:
    """Return (output bytes, input bytes) for each of `slots` equal slots between `start` and `end` (seconds).

    A slot contains the events with `slot start <= time < slot end`, the last one also those at its end; with a `start`
    of 0 the first one also contains earlier events. `end` defaults to the stream's duration. The cost depends on
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
    outputs = [stream.output_length_after(bound) for bound in bounds]
    inputs = [stream.other_length_after(bound) for bound in bounds]
    return [(outputs[slot + 1] - outputs[slot], inputs[slot + 1] - inputs[slot]) for slot in range(slots)]


def idle_gaps(stream: EventStream, threshold: float, end: float | None = None) -> list[tuple[float, float]]:
    """Return the gaps of more than `threshold` seconds without input or output, as (start, end) in seconds.

    The time before the first event counts; the time after the last one counts if `end`, the session's length in
    seconds, is given.
    """
    times = _active_times(stream)
    if end is not None:
        times.append(max(end, times[-1] if times else 0.0))
    if not times:
        return []
    gaps = [(0.0, times[0])] if times[0] > threshold else []
    starts = times[::_BLOCK_EVENTS]
    for block, seconds in enumerate(map(sub, [*starts[1:], times[-1]], starts)):
        if seconds > threshold:
            part = times[block * _BLOCK_EVENTS : (block + 1) * _BLOCK_EVENTS + 1]
            gaps += [(part[at], part[at + 1]) for at, gap in enumerate(map(sub, part[1:], part)) if gap > threshold]
    return gaps


def _active_times(stream: EventStream) -> array[float]:
    count = len(stream)
    times, kinds = stream.times[:count], stream.kinds[:count]
    if not kinds.translate(None, _ACTIVE):
        return times
    return array("d", (time for time, kind in zip(times, kinds, strict=True) if kind in _ACTIVE))
