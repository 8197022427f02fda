"""Joining what is stored with what came live: each event once, in its order.

The gateway stores an open session's stream every 50 s and sends live what happens after the subscription. What it
stored last and what it sent can overlap, and between the two there can be a hole that only the next storing fills.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from replay_tui.domain.event_stream import EventStream
from replay_tui.gateway.live_stream import LiveEvent

TIME_TOLERANCE_SECONDS = 0.05
"""Seconds by which a stored and a live time of one event may differ (rounding, start dates of different precision)."""


class StreamMerger:
    """Drops live events that are in `stream` already, where a fetch put them. Made anew after each fetch."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._end = len(stream)
        self._next = 0

    def has(self, event: LiveEvent) -> bool:
        """Whether `event` is one of those that were fetched. Asked in the order in which the events come."""
        if self._next >= self._end or event.time is None:
            return False
        stream, time = self._stream, event.time
        if time > stream.times[self._end - 1] + TIME_TOLERANCE_SECONDS:
            self._next = self._end
            return False
        first = max(self._next, bisect_left(stream.times, time - TIME_TOLERANCE_SECONDS, 0, self._end))
        best, distance = -1, 2 * TIME_TOLERANCE_SECONDS
        for index in range(first, self._end):
            away = stream.times[index] - time
            if away > TIME_TOLERANCE_SECONDS:
                break
            if abs(away) < distance and is_same(stream, index, event.kind, event.data):
                best, distance = index, abs(away)
        if best < 0:
            return False
        self._next = best + 1
        return True


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a fetch brought: `appended` events were added at the end of the stream, or the stream has to be `replaced`
    because events were missing inside it. `stored` counts the events known to be stored."""

    appended: int
    stored: int
    replaced: EventStream | None = None


def merge(stream: EventStream, stored: int, fetched: EventStream) -> MergeResult:
    """Bring `stream`, whose first `stored` events are stored and whose rest came live, up to the `fetched` one.

    Events beyond the end are appended to `stream`. Where `fetched` has events that `stream` lacks inside, a new stream
    is made of `fetched` and of what came live after it, and `stream` stays as it is.
    """
    mine, theirs = stored, min(stored, len(fetched))
    holes = False
    while theirs < len(fetched) and mine < len(stream):
        if same_event(stream, mine, fetched, theirs):
            mine += 1
        else:
            found = _find(stream, mine, fetched, theirs)
            holes = holes or found is None or found > mine
            mine = mine if found is None else found + 1
        theirs += 1
    if not holes:
        count = len(fetched) - theirs
        for event in fetched.events(theirs):
            stream.append(event.time, event.kind, event.data)
        return MergeResult(count, max(stored, mine + count))
    whole = EventStream()
    for source, start in ((fetched, 0), (stream, mine)):
        for event in source.events(start):
            whole.append(event.time, event.kind, event.data)
    return MergeResult(0, len(fetched), whole)


def is_same(stream: EventStream, index: int, kind: str, data: bytes) -> bool:
    """Whether the event at `index` has this type and these bytes."""
    known = kind if kind in ("o", "i", "e", "r", "m") else "?"
    return stream.kind(index) == known and stream.data(index) == data


def same_event(stream: EventStream, index: int, other: EventStream, at: int) -> bool:
    """Whether two streams hold the same event at two places."""
    near = abs(stream.times[index] - other.times[at]) <= TIME_TOLERANCE_SECONDS
    return near and is_same(stream, index, other.kind(at), other.data(at))


def _find(stream: EventStream, start: int, fetched: EventStream, at: int) -> int | None:
    """Where the fetched event stands among the later live ones, within the tolerance."""
    time = fetched.times[at]
    for index in range(start, len(stream)):
        if stream.times[index] > time + TIME_TOLERANCE_SECONDS:
            return None
        if same_event(stream, index, fetched, at):
            return index
    return None
