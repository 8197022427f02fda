"""The event stream as columns: one array per property, two byte lanes, no object per event.

Screen bytes (types `o`, `e`) stand in one lane, everything else (`i`, resizes, unknown types) in the other, so that the
screen bytes between two moments are one slice. An event costs 17 bytes beside its payload. The stream only grows at its
end and `len(stream)` counts what is whole, so that readers in other threads see a valid prefix.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, islice
from math import isfinite
from operator import mul, sub
from typing import TypeGuard, cast

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.fidelity import FidelityWarnings

OUTPUT, INPUT, ERROR, RESIZE, MARKER, OTHER = b"oierm?"
OUTPUT_KINDS = frozenset((OUTPUT, ERROR))
MAX_TIME_SECONDS = 3.2e9
"""Seconds (a century): a time beyond this is broken, not late."""
MAX_EVENTS = 20_000_000
"""Events that a stream can hold, ten times as many as the largest recording has; they take 17 bytes each."""
MAX_LANE_BYTES = 2**32 - 1
"""Bytes that one lane can hold: offsets take four bytes."""

_TOO_LARGE = "The stream is larger than 4 GiB, more than this program can hold."
_TOO_MANY = f"The stream has more than {MAX_EVENTS:,} events, more than this program can hold."

_KNOWN = frozenset("oie")
_IS_OUTPUT = bytes(code in OUTPUT_KINDS for code in range(256))
_NOT = bytes((1, *bytes(255)))
_SHOWN = re.compile(rb"\x01+")
_COPY_BATCH_EVENTS = 65536
"""Events that are copied at once: other threads wait meanwhile."""

Triple = tuple[float | None, str, bytes]
"""An event as a source reads it: time in seconds (None where it is broken), type, payload."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: its index, time in seconds, one-letter kind, and payload."""

    index: int
    time: float
    kind: str
    data: bytes


class EventStream:
    """Events in the order written. Times are seconds since the start and never decrease; see `append`.

    Attributes: `times` (seconds), `kinds` (letter codes), `screen` and `other` (the byte lanes), `log` (doubts met
    while reading), `timed` (False for forms that carry no times), `complete` (True once read to the end).
    """

    def __init__(self) -> None:
        self.times = array("d")
        self.kinds = bytearray()
        self.output = bytearray()
        self.other = bytearray()
        self._output_ends = array("I")
        self._other_ends = array("I")
        self.log = FidelityWarnings()
        self.timed = True
        self.complete = False

    def __len__(self) -> int:
        return len(self._other_ends)

    @property
    def duration(self) -> float:
        """The last event's time, 0 for an empty stream."""
        count = len(self)
        return self.times[count - 1] if count else 0.0

    def append(self, time: float | None, kind: str, data: bytes) -> None:
        """Add an event. A broken time (None, NaN, absurd) takes the previous one; one that jumps back is held there.

        The order written is the truth: a time says where an event stands on the timeline, never what comes first.
        Raises `UnreadableSource` when a lane would outgrow 4 GiB, and for more than `MAX_EVENTS`.
        """
        if len(self) >= MAX_EVENTS:
            raise UnreadableSource(_TOO_MANY)
        code = ord(kind) if kind in ("o", "i", "e", "r", "m") else OTHER
        if code == OTHER:
            self.log.add("unknown-event-type", "events of a type this program does not know, kept but not shown")
        lane = self.output if code in OUTPUT_KINDS else self.other
        if len(lane) + len(data) > MAX_LANE_BYTES:
            raise UnreadableSource(_TOO_LARGE)
        time = self._clamp_time(time)
        lane += data
        self.times.append(time)
        self.kinds.append(code)
        self._output_ends.append(len(self.output))
        self._other_ends.append(len(self.other))

    def _clamp_time(self, time: float | None) -> float:
        previous = self.times[-1] if self.times else 0.0
        if time is None or not -MAX_TIME_SECONDS < time < MAX_TIME_SECONDS:
            self.log.add("broken-time", "events with a broken time, put at the time of the event before")
            return previous
        if time >= previous:
            return time
        if time < 0:
            self.log.add("negative-time", "events with a negative time (clock skew), put at the event before")
        else:
            self.log.add("time-jumps-back", "events with a time that jumps back, put at the event before")
        return previous

    def extend(self, triples: Sequence[Triple]) -> None:
        """Add events in bulk: the same result as `append` on each, several times faster where nothing is odd."""
        if triples:
            times, kinds, payloads = (list(column) for column in zip(*triples, strict=True))
            self.extend_columns(times, kinds, payloads)

    def extend_columns(self, times: list[float | None], kinds: list[str], payloads: list[bytes]) -> None:
        """`extend` with the events' times (seconds), types and payloads in three lists of one length."""
        if not self._are_valid(times, kinds) or len(self) + len(times) > MAX_EVENTS:
            for triple in zip(times, kinds, payloads, strict=True):
                self.append(*triple)
            return
        codes = "".join(kinds).encode()
        on_screen = codes.translate(_IS_OUTPUT)
        beside = on_screen.translate(_NOT)
        screen, other = b"".join(compress(payloads, on_screen)), b"".join(compress(payloads, beside))
        if max(len(self.output) + len(screen), len(self.other) + len(other)) > MAX_LANE_BYTES:
            raise UnreadableSource(_TOO_LARGE)
        lengths = list(map(len, payloads))
        screen_ends, other_ends = (
            array("I", islice(accumulate(map(mul, lengths, taken), initial=len(lane)), 1, None))
            for lane, taken in ((self.output, on_screen), (self.other, beside))
        )
        self.output += screen
        self.other += other
        self.times.fromlist(times)
        self.kinds += codes
        self._output_ends.extend(screen_ends)
        self._other_ends.extend(other_ends)

    def _are_valid(self, times: list[float | None], kinds: list[str]) -> TypeGuard[list[float]]:
        """Whether nothing needs a closer look: known one-letter types, times in order and within reason."""
        if not times or not _KNOWN.issuperset(kinds):
            return False
        found, previous = cast("list[float]", times), self.times[-1] if self.times else 0.0
        try:
            total = sum(found)
        except (TypeError, OverflowError):  # one of them is None, or beyond any float
            return False
        # Where a sum is finite no part is NaN; sorting what is in order is several times faster than comparing.
        return isfinite(total) and previous <= found[0] and found[-1] < MAX_TIME_SECONDS and sorted(found) == found

    def kind(self, index: int) -> str:
        """The one-letter kind of an event: `i`, `o`, `e`, `r` (resize), `m` (marker), or `?`."""
        return chr(self.kinds[index])

    def data(self, index: int) -> bytes:
        """The payload of an event."""
        on_screen = self.kinds[index] in OUTPUT_KINDS
        lane, ends = (self.output, self._output_ends) if on_screen else (self.other, self._other_ends)
        return bytes(lane[ends[index - 1] if index else 0 : ends[index]])

    def size(self, index: int) -> int:
        """The payload's length in bytes."""
        ends = self._output_ends if self.kinds[index] in OUTPUT_KINDS else self._other_ends
        return ends[index] - (ends[index - 1] if index else 0)

    def events(self, start: int = 0, stop: int | None = None, kinds: str | None = None) -> Iterator[Event]:
        """Events `start` to `stop`, only those of `kinds` (as in `"oe"`) where given."""
        wanted = None if kinds is None else frozenset(kinds.encode())
        for index in range(start, len(self) if stop is None else min(stop, len(self))):
            if wanted is None or self.kinds[index] in wanted:
                yield Event(index, self.times[index], self.kind(index), self.data(index))

    def event_count_at(self, time: float) -> int:
        """How many events have `time` or an earlier one: a moment includes every event at it."""
        return bisect_right(self.times, time, 0, len(self))

    def output_length_after(self, count: int) -> int:
        """The screen lane's length in bytes after the first `count` events."""
        return self._output_ends[count - 1] if count else 0

    @property
    def output_ends(self) -> array[int]:
        """The screen lane's length in bytes after each event."""
        return self._output_ends

    def iter_output_ends(self) -> Iterator[tuple[float, int]]:
        """After each event, its time in seconds and the screen lane's length in bytes."""
        return islice(zip(self.times, self._output_ends, strict=False), len(self))

    def other_length_after(self, count: int) -> int:
        """The other lane's length in bytes (input, resizes, unknown types) after the first `count` events."""
        return self._other_ends[count - 1] if count else 0

    def event_at_output(self, offset: int) -> int:
        """The index of the event that wrote the screen byte at `offset` (the last event for one past the end)."""
        return bisect_right(self._output_ends, offset, 0, max(0, len(self) - 1))

    def time_of_output(self, offset: int) -> float:
        """When the screen byte at `offset` was written, in seconds."""
        return self.times[self.event_at_output(offset)] if len(self) else 0.0

    def output_between(self, start: int, end: int) -> EventStream:
        """A stream of the output from screen byte `start` to `end` alone, in the events that wrote it."""
        first, last = self.event_at_output(start), self.event_at_output(max(start, end - 1)) + 1
        ends = array("I", [min(after, end) - start for after in self._output_ends[first:last]])
        return EventStream.from_output(self.output[start:end], self.times[first:last], ends)

    @staticmethod
    def from_output(output: bytes | bytearray, times: array[float], ends: array[int]) -> EventStream:
        """A whole stream of events at `times` (seconds, in order) that wrote `screen`, each up to one of the `ends`."""
        part = EventStream()
        part.output, part.times, part._output_ends = bytearray(output), times, ends
        part.kinds = bytearray((OUTPUT,)) * len(times)
        part._other_ends = array("I", bytes(4 * len(times)))
        part.complete = True
        return part

    def excluding(self, kinds: str) -> EventStream:
        """A stream of the same events and times in which those of `kinds` are empty, so that indexes stay the same."""
        shown = bytes(code not in kinds.encode() for code in range(256))
        kept = EventStream()
        kept.timed, kept.complete, kept.log = self.timed, self.complete, self.log
        for start in range(0, len(self), _COPY_BATCH_EVENTS):
            stop = min(len(self), start + _COPY_BATCH_EVENTS)
            codes = self.kinds[start:stop]
            flags = codes.translate(shown)
            kept.times += self.times[start:stop]
            kept.kinds += codes
            for lane, ends, into, into_ends in (
                (self.output, self._output_ends, kept.output, kept._output_ends),
                (self.other, self._other_ends, kept.other, kept._other_ends),
            ):
                bounds = array("I", (ends[start - 1] if start else 0,)) + ends[start:stop]
                sizes = map(mul, map(sub, bounds[1:], bounds), flags)
                into_ends.extend(islice(accumulate(sizes, initial=len(into)), 1, None))
                for run in _SHOWN.finditer(flags):
                    into.extend(lane[bounds[run.start()] : bounds[run.end()]])
        return kept
