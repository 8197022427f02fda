"""What a list and a timeline of statements need, worked out once: times, runs of one text, ticks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from replay_tui.domain.statement import Statement
from replay_tui.domain.timeline_mark import MarkKind, TimelineMark

MIN_RUN = 3
"""Executions of one text in a row from which on they count as a run."""


class StatementSummary:
    """Attributes: `statements` in order; their `times` (seconds), to be bisected; `runs`, how many executions of one
    text follow each other, by the number of the first; `ticks`, a mark for each time and verb: a batch holds thousands.

    Worked out when made, which takes a quarter of a second for 300,000 statements.
    """

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self.statements = statements
        self.times: Sequence[float] = array("d", (statement.time for statement in statements))
        self.runs: Mapping[int, int] = dict(_runs(statements))
        self.marks: Sequence[TimelineMark] = list(_marks(statements))


def _runs(statements: Sequence[Statement]) -> Iterator[tuple[int, int]]:
    start, text = 0, None
    for number, statement in enumerate(statements):
        if statement.text != text or statement.deleted:
            if number - start >= MIN_RUN:
                yield start, number - start
            start, text = number, statement.text
    if len(statements) - start >= MIN_RUN:
        yield start, len(statements) - start


def _marks(statements: Sequence[Statement]) -> Iterator[TimelineMark]:
    for (time, verb), same in groupby(statements, attrgetter("time", "verb")):
        count = sum(1 for _ in same)
        yield TimelineMark(time, MarkKind.STATEMENT, f"{verb} x {count}" if count > 1 else verb)
