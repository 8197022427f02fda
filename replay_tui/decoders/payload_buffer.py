"""Payload buffer: the bytes of one direction of a session, with the event and time of each byte.

Their texts are decoded late (`wire_text`), because the messages of a wire protocol count bytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from replay_tui.domain.event_stream import ERROR, INPUT, OUTPUT, EventStream, RedactedSpan
from replay_tui.domain.text_encoding import UTF8


class PayloadBuffer:
    """The payloads of all events of the given kinds, joined into `data`. A copy, because the stream may grow.

    `limit` stops after that many bytes, for detection.
    """

    __slots__ = ("_ends", "_events", "_last_located", "_times", "data")

    def __init__(self, stream: EventStream, kinds: bytes, limit: int | None = None) -> None:
        self._times = stream.times
        self._events, self._ends = array("I"), array("I")
        self._last_located = (0, 0, 0, 0.0)  # start, end, event and time of the last `locate`
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
        """Yield (event index, start in `data`, end in `data`)."""
        start = 0
        for event, end in zip(self._events, self._ends, strict=True):
            yield event, start, end
            start = end

    def event(self, offset: int) -> int:
        """Return the index of the event of the byte at `offset`; the last event's if `offset` is past the end."""
        return self._events[min(bisect_right(self._ends, offset), len(self._events) - 1)] if self._events else 0

    def time(self, offset: int) -> float:
        """Return the time in seconds of the event of the byte at `offset`."""
        return self._times[self.event(offset)] if self._events else 0.0

    def locate(self, offset: int) -> tuple[int, float]:
        """Return (event index, time in seconds) of the byte at `offset`; fastest for ascending offsets."""
        first, last, event, time = self._last_located
        if not first <= offset < last:
            ends, events = self._ends, self._events
            at = bisect_right(ends, offset)
            event = events[min(at, len(events) - 1)] if events else 0
            time = self._times[event] if events else 0.0
            last = ends[at] if at < len(ends) else 0
            self._last_located = (ends[at - 1] if at else 0, last, event, time)
        return event, time

    def next_event_start(self, offset: int) -> int:
        """Return the start of the next event after the byte at `offset`, the end of `data` if there is none."""
        at = bisect_right(self._ends, offset)
        return self._ends[at] if at < len(self._ends) else len(self.data)

    def redacted_spans(self, start: int, stop: int) -> Iterator[RedactedSpan]:
        """Yield the bytes from `start` to `stop` as spans of single events."""
        at = bisect_right(self._ends, start)
        while start < stop and at < len(self._ends):
            begin = self._ends[at - 1] if at else 0
            end = min(stop, self._ends[at])
            yield RedactedSpan(self._events[at], start - begin, end - begin)
            start, at = end, at + 1


def input_payloads(stream: EventStream) -> PayloadBuffer:
    """Return the payloads sent by the client: the `i` events."""
    return PayloadBuffer(stream, bytes((INPUT,)))


def output_payloads(stream: EventStream) -> PayloadBuffer:
    """Return the payloads sent by the server: the `o` and `e` events."""
    return PayloadBuffer(stream, bytes((OUTPUT, ERROR)))


_encoding: ContextVar[str] = ContextVar("wire_encoding", default=UTF8)


def current_encoding() -> str:
    """Return the encoding of the texts that are decoded now."""
    return _encoding.get()


def wire_text(data: bytes) -> str:
    """Return the text of bytes in the current encoding; invalid bytes become U+FFFD."""
    return data.decode(_encoding.get(), "replace")


@contextmanager
def decoding_as(encoding: str) -> Iterator[None]:
    """Decode texts with `encoding` inside the block."""
    token = _encoding.set(encoding)
    try:
        yield
    finally:
        _encoding.reset(token)
