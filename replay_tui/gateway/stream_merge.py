"""Merge of the stored stream with live events: each event once, in order.

The gateway stores an open session's stream every 50 s and sends events after the subscription live. The stored stream
and the live events may overlap, or leave a gap that is closed when the gateway stores the stream next.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.event_stream import EventStream

if TYPE_CHECKING:
    from replay_tui.gateway.live_stream import LiveEvent

TIME_TOLERANCE_SECONDS = 0.05
"""Difference between the stored and the live time of one event (rounding, start dates of different precision)."""


class StreamMerger:
    """Filter for live events that a fetch has already added to `stream`. Create a new one after each fetch."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._end = len(stream)
        self._next = 0

    def has(self, event: LiveEvent) -> bool:
        """Return True if `event` was fetched already. Call in the order of the events."""
        if self._next >= self._end or event.time is None:
            return False
        stream, time = self._stream, event.time
        if time > stream.times[self._end - 1] + TIME_TOLERANCE_SECONDS:
            self._next = self._end
            return False
        first = max(self._next, bisect_left(stream.times, time - TIME_TOLERANCE_SECONDS, 0, self._end))
        best, distance = -1, 2 * TIME_TOLERANCE_SECONDS
        for index in range(first, self._end):
            offset = stream.times[index] - time
            if offset > TIME_TOLERANCE_SECONDS:
                break
            if abs(offset) < distance and is_same(stream, index, event.kind, event.data):
                best, distance = index, abs(offset)
        if best < 0:
            return False
        self._next = best + 1
        return True


class MergeResult(Struct, frozen=True):
    """Result of a merge: number of events `appended` to the stream, or the stream that has `replaced` it.

    `stored` is the number of events known to be stored.
    """

    appended: int
    stored: int
    replaced: EventStream | None = None


def merge_streams(stream: EventStream, stored: int, fetched: EventStream) -> MergeResult:
    """Merge the `fetched` stream into `stream`, whose first `stored` events are stored and whose rest arrived live.

    Events beyond the end are appended to `stream`. If `stream` lacks events in its middle, it stays unchanged and the
    result holds a new stream: `fetched` and the live events after it.
    """
    index, fetched_index = stored, min(stored, len(fetched))
    has_gaps = False
    while fetched_index < len(fetched) and index < len(stream):
        if same_event(stream, index, fetched, fetched_index):
            index += 1
        else:
            found = _find(stream, index, fetched, fetched_index)
            has_gaps = has_gaps or found is None or found > index
            index = index if found is None else found + 1
        fetched_index += 1
    if not has_gaps:
        count = len(fetched) - fetched_index
        for event in fetched.events(fetched_index):
            stream.append(event.time, event.kind, event.data)
        return MergeResult(count, max(stored, index + count))
    merged = EventStream()
    merged.encoding = stream.encoding
    for source, start in ((fetched, 0), (stream, index)):
        for event in source.events(start):
            merged.append(event.time, event.kind, event.data)
    return MergeResult(0, len(fetched), merged)


def is_same(stream: EventStream, index: int, kind: str, data: bytes) -> bool:
    """Return True if the event at `index` has this type and data."""
    known = kind if kind in ("o", "i", "e", "r", "m") else "?"
    return stream.kind(index) == known and stream.data(index) == data


def same_event(stream: EventStream, index: int, other: EventStream, at: int) -> bool:
    """Return True if the event at `index` of `stream` is the event at `at` of `other`."""
    near = abs(stream.times[index] - other.times[at]) <= TIME_TOLERANCE_SECONDS
    return near and is_same(stream, index, other.kind(at), other.data(at))


def _find(stream: EventStream, start: int, fetched: EventStream, at: int) -> int | None:
    """Return the index of the fetched event in `stream` from `start` on within the tolerance, None if missing."""
    time = fetched.times[at]
    for index in range(start, len(stream)):
        if stream.times[index] > time + TIME_TOLERANCE_SECONDS:
            return None
        if same_event(stream, index, fetched, at):
            return index
    return None
