"""One direction of a recording as joined bytes, with the way back from a byte to its event and time."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator

from replay_tui.domain.event_stream import ERROR, INPUT, OUTPUT, EventStream
from replay_tui.domain.redacted_span import RedactedSpan


class PayloadBuffer:
    """The payloads of all events of some kinds, joined into `data`. A copy: the stream may go on growing.

    With `limit` only events up to that many bytes are taken: enough for a look.
    """

    __slots__ = ("_ends", "_events", "_offsets", "_times", "data")

    def __init__(self, stream: EventStream, kinds: bytes, limit: int | None = None) -> None:
        self._times = stream.times
        self._events, self._ends = array("I"), array("I")
        self._offsets = (0, 0, 0, 0.0)
        joined = bytearray()
        for event, kind in enumerate(stream.kinds[: len(stream)]):
            if kind in kinds:
                joined += stream.data(event)
                self._events.append(event)
                self._ends.append(len(joined))
                if limit is not None and len(joined) >= limit:
                    break
        self.data = bytes(joined)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Each event's index and its start and end in `data`."""
        start = 0
        for event, end in zip(self._events, self._ends, strict=True):
            yield event, start, end
            start = end

    def event(self, offset: int) -> int:
        """The index of the event that holds the byte at `offset` (the last event's for one past the end)."""
        return self._events[min(bisect_right(self._ends, offset), len(self._events) - 1)] if self._events else 0

    def time(self, offset: int) -> float:
        """The time of that event in seconds."""
        return self._times[self.event(offset)] if self._events else 0.0

    def locate(self, offset: int) -> tuple[int, float]:
        """Event and time of the byte at `offset`; fastest when asked in order."""
        first, last, event, time = self._offsets
        if not first <= offset < last:
            at = bisect_right(self._ends, offset)
            event, time = self.event(offset), self.time(offset)
            last = self._ends[at] if at < len(self._ends) else 0
            self._offsets = (self._ends[at - 1] if at else 0, last, event, time)
        return event, time

    def next_event_start(self, offset: int) -> int:
        """Where the first event after the byte at `offset` begins; the end of `data` where there is none."""
        at = bisect_right(self._ends, offset)
        return self._ends[at] if at < len(self._ends) else len(self.data)

    def redacted_spans(self, start: int, stop: int) -> Iterator[RedactedSpan]:
        """The bytes from `start` to `stop` as spans of single events."""
        at = bisect_right(self._ends, start)
        while start < stop and at < len(self._ends):
            begin = self._ends[at - 1] if at else 0
            end = min(stop, self._ends[at])
            yield RedactedSpan(self._events[at], start - begin, end - begin)
            start, at = end, at + 1


def input_payloads(stream: EventStream) -> PayloadBuffer:
    """What was sent: the `i` events."""
    return PayloadBuffer(stream, bytes((INPUT,)))


def output_payloads(stream: EventStream) -> PayloadBuffer:
    """What came back: the `o` and `e` events."""
    return PayloadBuffer(stream, bytes((OUTPUT, ERROR)))
