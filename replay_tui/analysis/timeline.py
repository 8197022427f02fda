"""What the timeline shows: activity (bytes per slot), idle gaps, and a summary of the statements."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, sub

from replay_tui.domain.event_stream import ERROR, INPUT, OUTPUT, EventStream
from replay_tui.domain.statement import Statement
from replay_tui.domain.timeline_mark import MarkKind, TimelineMark

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


MIN_RUN = 3
"""Consecutive executions of the same text, or consecutive catalogue queries, that are collapsed into a run."""


class StatementSummary:
    """Summary of `statements`, which are in order.

    `times` are their seconds, for bisection; `runs` maps the number of a run's first statement to the run's length;
    `catalog_runs` are the first statements of runs of different queries of the database's catalogue; `marks` has one
    timeline mark per time and verb, because a batch contains thousands of statements.

    The constructor takes 0.25 s for 300,000 statements.
    """

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self.statements = statements
        self.times: Sequence[float] = array("d", map(attrgetter("time"), statements))
        runs = list(_runs(statements))
        self.runs: Mapping[int, int] = {start: length for start, length, _ in runs}
        self.catalog_runs = frozenset(start for start, _, is_catalog in runs if is_catalog)
        self.marks: Sequence[TimelineMark] = list(_marks(statements))


_CATALOG = "\0"
"""Stands for the text of every catalogue query. A client sends many of them for one command (`\\d` in psql)."""


def _runs(statements: Sequence[Statement]) -> Iterator[tuple[int, int, bool]]:
    """Yield the first statement, the length and True for catalogue queries, of each run."""
    start, text = 0, None
    for number, statement in enumerate(statements):
        shared = _CATALOG if _is_catalog_query(statement) else statement.text
        if shared != text or statement.deleted:
            if number - start >= MIN_RUN:
                yield start, number - start, text == _CATALOG
            start, text = number, shared
    if len(statements) - start >= MIN_RUN:
        yield start, len(statements) - start, text == _CATALOG


def _is_catalog_query(statement: Statement) -> bool:
    if statement.kind != "read" or not ("pg_catalog" in statement.text or "information_schema" in statement.text):
        return False
    from replay_tui.decoders.sql.catalog_queries import is_catalog_query

    return is_catalog_query(statement.text)


def _marks(statements: Sequence[Statement]) -> Iterator[TimelineMark]:
    for (time, verb), same in groupby(statements, attrgetter("time", "verb")):
        count = sum(1 for _ in same)
        yield TimelineMark(time, MarkKind.STATEMENT, f"{verb} x {count}" if count > 1 else verb)
