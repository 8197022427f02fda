"""Columnar event stream: one array per property and two byte buffers instead of an object per event.

The output buffer holds the payloads of output and error events (types `o`, `e`), the other buffer all other payloads
(`i`, resizes, unknown types), so that the output between two positions is one slice. An event takes 17 bytes plus its
payload. The stream is append-only and `len(stream)` counts complete events only, so that readers in other threads see
a valid prefix.

A `RedactedSpan` is a byte range of an event's payload that is always redacted, such as an authentication message.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, islice
from math import isfinite
from operator import mul, sub
from typing import NamedTuple, TypeGuard, cast

from msgspec import Struct

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.lazy_regex import lazy_compile

OUTPUT, INPUT, ERROR, RESIZE, MARKER, EXIT, BITMAP, OTHER = b"oiermxb?"
OUTPUT_KINDS = frozenset((OUTPUT, ERROR))
_DESCRIBING = frozenset((RESIZE, MARKER, EXIT))
MAX_TIME_SECONDS = 3.2e9
"""A century; a larger event time is invalid."""
MAX_EVENTS = 20_000_000
"""Ten times the number of events in the largest known recording; an event takes 17 bytes plus its payload."""
MAX_BUFFER_BYTES = 2**32 - 1
"""Offsets into the output buffer and the other buffer are stored in four bytes."""

_TOO_LARGE = "The stream exceeds the limit of 4 GiB."
_TOO_MANY = f"The stream exceeds the limit of {MAX_EVENTS:,} events."

_KNOWN = frozenset("oie")
_IS_OUTPUT = bytes(code in OUTPUT_KINDS for code in range(256))
_NOT = bytes((1, *bytes(255)))
_SHOWN = lazy_compile(rb"\x01+")
_COPY_BATCH_EVENTS = 65536
"""Events copied in one step; the copy holds the GIL and blocks other threads."""

Triple = tuple[float | None, str, bytes]
"""An event as read from a source: time in seconds (None if invalid), type, payload."""


class Event(Struct, frozen=True):
    """One event of a stream: its index, time in seconds, one-letter kind, and payload."""

    index: int
    time: float
    kind: str
    data: bytes


class EventStream:
    """Events in recorded order. Times are seconds since the start and never decrease; see `append`.

    Attributes:
        times: event times in seconds.
        kinds: event types as character codes.
        output: payloads of output and error events.
        other: payloads of all other events.
        log: fidelity warnings of the source.
        encoding: encoding of the texts in the payloads.
        timed: False if the source contains no event times.
        complete: True after the source was read to its end.
    """

    def __init__(self) -> None:
        self.times = array("d")
        self.kinds = bytearray()
        self.output = bytearray()
        self.other = bytearray()
        self._output_ends = array("I")
        self._other_ends = array("I")
        self.log = FidelityWarnings()
        self.encoding = "utf-8"
        self.timed = True
        self.complete = False

    def __len__(self) -> int:
        return len(self._other_ends)

    @property
    def duration(self) -> float:
        """Time of the last event in seconds; 0 for an empty stream."""
        count = len(self)
        return self.times[count - 1] if count else 0.0

    @property
    def has_content(self) -> bool:
        """Return True if an event has a payload other than the description of a resize, a marker or an exit."""
        if self.output or not self.other:
            return bool(self.output)
        return any(self.size(index) for index, code in enumerate(self.kinds) if code not in _DESCRIBING)

    def append(self, time: float | None, kind: str, data: bytes) -> None:
        """Append an event. An invalid time (None, NaN, out of range) or an earlier one becomes the previous time.

        The recorded order is kept: the time gives the position on the timeline, never the order of events.
        Raises `UnreadableSource` if the stream would exceed 4 GiB or `MAX_EVENTS`.
        """
        if len(self) >= MAX_EVENTS:
            raise UnreadableSource(_TOO_MANY)
        code = ord(kind) if kind in ("o", "i", "e", "r", "m", "x", "b") else OTHER
        if code == OTHER:
            self.log.add("unknown-event-type", "events of unknown type, kept but not displayed")
        elif code == BITMAP:
            self.log.add("bitmaps", "bitmaps of a remote desktop, which are neither displayed nor analysed")
        buffer = self.output if code in OUTPUT_KINDS else self.other
        if len(buffer) + len(data) > MAX_BUFFER_BYTES:
            raise UnreadableSource(_TOO_LARGE)
        time = self._clamp_time(time)
        buffer += data
        self.times.append(time)
        self.kinds.append(code)
        self._output_ends.append(len(self.output))
        self._other_ends.append(len(self.other))

    def _clamp_time(self, time: float | None) -> float:
        previous = self.times[-1] if self.times else 0.0
        if time is None or not -MAX_TIME_SECONDS < time < MAX_TIME_SECONDS:
            self.log.add("broken-time", "events with an invalid time, placed at the previous event")
            return previous
        if time >= previous:
            return time
        if time < 0:
            self.log.add(
                "negative-time",
                "events with a negative time (clock skew), placed at the previous event",
            )
        else:
            self.log.add("time-jumps-back", "events with a decreasing time, placed at the previous event")
        return previous

    def extend(self, triples: Sequence[Triple]) -> None:
        """Append events in bulk. Equal to `append` for each event; several times faster if all of them are valid."""
        if triples:
            times, kinds, payloads = (list(column) for column in zip(*triples, strict=True))
            self.extend_columns(times, kinds, payloads)

    def extend_columns(self, times: list[float | None], kinds: list[str], payloads: list[bytes]) -> None:
        """Append events given as three lists of equal length: times (seconds), types, payloads."""
        if not self._are_valid(times, kinds) or len(self) + len(times) > MAX_EVENTS:
            for triple in zip(times, kinds, payloads, strict=True):
                self.append(*triple)
            return
        codes = "".join(kinds).encode()
        on_screen = codes.translate(_IS_OUTPUT)
        beside = on_screen.translate(_NOT)
        screen, other = b"".join(compress(payloads, on_screen)), b"".join(compress(payloads, beside))
        if max(len(self.output) + len(screen), len(self.other) + len(other)) > MAX_BUFFER_BYTES:
            raise UnreadableSource(_TOO_LARGE)
        lengths = list(map(len, payloads))
        screen_ends, other_ends = (
            array("I", islice(accumulate(map(mul, lengths, taken), initial=len(buffer)), 1, None))
            for buffer, taken in ((self.output, on_screen), (self.other, beside))
        )
        self.output += screen
        self.other += other
        self.times.fromlist(times)
        self.kinds += codes
        self._output_ends.extend(screen_ends)
        self._other_ends.extend(other_ends)

    def _are_valid(self, times: list[float | None], kinds: list[str]) -> TypeGuard[list[float]]:
        """Return True if all types are known and all times are in range and do not decrease."""
        if not times or not _KNOWN.issuperset(kinds):
            return False
        found, previous = cast("list[float]", times), self.times[-1] if self.times else 0.0
        try:
            total = sum(found)
        except (TypeError, OverflowError):  # a time is None, or an integer that no float can represent
            return False
        # A finite sum contains no NaN. Sorting a sorted list is several times faster than comparing in a loop.
        return isfinite(total) and previous <= found[0] and found[-1] < MAX_TIME_SECONDS and sorted(found) == found

    def kind(self, index: int) -> str:
        """Return the type of an event: `i`, `o`, `e`, `r` (resize), `m` (marker), `x` (exit), `b` (bitmap), or `?`."""
        return chr(self.kinds[index])

    def data(self, index: int) -> bytes:
        """Return the payload of an event."""
        on_screen = self.kinds[index] in OUTPUT_KINDS
        buffer, ends = (self.output, self._output_ends) if on_screen else (self.other, self._other_ends)
        return bytes(buffer[ends[index - 1] if index else 0 : ends[index]])

    def size(self, index: int) -> int:
        """Return the length of an event's payload in bytes."""
        ends = self._output_ends if self.kinds[index] in OUTPUT_KINDS else self._other_ends
        return ends[index] - (ends[index - 1] if index else 0)

    def events(self, start: int = 0, stop: int | None = None, kinds: str | None = None) -> Iterator[Event]:
        """Iterate over events `start` to `stop`, limited to the types in `kinds` (such as `"oe"`) if given."""
        wanted = None if kinds is None else frozenset(kinds.encode())
        for index in range(start, len(self) if stop is None else min(stop, len(self))):
            if wanted is None or self.kinds[index] in wanted:
                yield Event(index, self.times[index], self.kind(index), self.data(index))

    def event_count_at(self, time: float) -> int:
        """Return the number of events at or before `time` (seconds)."""
        return bisect_right(self.times, time, 0, len(self))

    def output_length_after(self, count: int) -> int:
        """Return the length of the output in bytes after the first `count` events."""
        return self._output_ends[count - 1] if count else 0

    @property
    def output_ends(self) -> array[int]:
        """Length of the output in bytes after each event."""
        return self._output_ends

    def iter_output_ends(self) -> Iterator[tuple[float, int]]:
        """Iterate over (event time in seconds, length of the output in bytes after the event)."""
        return islice(zip(self.times, self._output_ends, strict=False), len(self))

    def other_length_after(self, count: int) -> int:
        """Return the length of the other buffer (input, resizes, unknown types) in bytes after `count` events."""
        return self._other_ends[count - 1] if count else 0

    def event_at_output(self, offset: int) -> int:
        """Return the index of the event that wrote the output byte at `offset`; the last event for a larger offset."""
        return bisect_right(self._output_ends, offset, 0, max(0, len(self) - 1))

    def time_of_output(self, offset: int) -> float:
        """Return the time in seconds at which the output byte at `offset` was written."""
        return self.times[self.event_at_output(offset)] if len(self) else 0.0

    def output_between(self, start: int, end: int) -> EventStream:
        """Return a stream of the output bytes `start` to `end`, split into the events that wrote them."""
        first, last = self.event_at_output(start), self.event_at_output(max(start, end - 1)) + 1
        ends = array("I", [min(after, end) - start for after in self._output_ends[first:last]])
        return EventStream.from_output(self.output[start:end], self.times[first:last], ends)

    @staticmethod
    def from_output(output: bytes | bytearray, times: array[float], ends: array[int]) -> EventStream:
        """Return a complete stream of output events. `ends` are the offsets in `output` at which the events end."""
        part = EventStream()
        part.output, part.times, part._output_ends = bytearray(output), times, ends
        part.kinds = bytearray((OUTPUT,)) * len(times)
        part._other_ends = array("I", bytes(4 * len(times)))
        part.complete = True
        return part

    def excluding(self, kinds: str) -> EventStream:
        """Return a copy in which events of `kinds` have empty payloads. Event indexes and times do not change."""
        shown = bytes(code not in kinds.encode() for code in range(256))
        kept = EventStream()
        kept.timed, kept.complete, kept.log, kept.encoding = self.timed, self.complete, self.log, self.encoding
        for start in range(0, len(self), _COPY_BATCH_EVENTS):
            stop = min(len(self), start + _COPY_BATCH_EVENTS)
            codes = self.kinds[start:stop]
            flags = codes.translate(shown)
            kept.times += self.times[start:stop]
            kept.kinds += codes
            for buffer, ends, into, into_ends in (
                (self.output, self._output_ends, kept.output, kept._output_ends),
                (self.other, self._other_ends, kept.other, kept._other_ends),
            ):
                bounds = array("I", (ends[start - 1] if start else 0,)) + ends[start:stop]
                sizes = map(mul, map(sub, bounds[1:], bounds), flags)
                into_ends.extend(islice(accumulate(sizes, initial=len(into)), 1, None))
                for run in _SHOWN.finditer(flags):
                    into.extend(buffer[bounds[run.start()] : bounds[run.end()]])
        return kept


class RedactedSpan(NamedTuple):
    """Bytes `start` to `stop` of the payload of event `event` (index), which are never displayed."""

    event: int
    start: int
    stop: int
