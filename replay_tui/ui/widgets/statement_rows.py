"""Rows of the statement list: consecutive executions of the same text form one row unless unfolded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from replay_tui.analysis.statement_summary import StatementSummary
from replay_tui.domain.statement import Statement


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement by its number; while `folded`, the first of `count` equal executions represents all of them."""

    number: int
    statement: Statement
    count: int = 1
    folded: bool = False


class StatementRows(Sequence[StatementRow]):
    """The rows of all statements, built on access. `unfolded` has the first statement numbers of unfolded runs."""

    def __init__(self, outline: StatementSummary, unfolded: frozenset[int] = frozenset()) -> None:
        self._statements, self._runs, self.unfolded = outline.statements, outline.runs, unfolded
        # For each folded run: its first statement, its row, and the number of statements hidden before it.
        self._numbers = [number for number in self._runs if number not in unfolded]
        self._hidden = list(accumulate((self._runs[number] - 1 for number in self._numbers), initial=0))
        self._rows = [number - hidden for number, hidden in zip(self._numbers, self._hidden, strict=False)]

    def __len__(self) -> int:
        return len(self._statements) - self._hidden[-1]

    @overload
    def __getitem__(self, index: int) -> StatementRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[StatementRow]: ...
    def __getitem__(self, index: int | slice) -> StatementRow | list[StatementRow]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        row = range(len(self))[index]
        before = bisect_right(self._rows, row - 1)  # runs in the rows above
        return self._row(row + self._hidden[before])

    def __iter__(self) -> Iterator[StatementRow]:
        number = 0
        while number < len(self._statements):
            row = self._row(number)
            yield row
            number += row.count if row.folded else 1

    def row_of(self, number: int) -> int:
        """Return the row of a statement."""
        run = bisect_right(self._numbers, number) - 1
        if run < 0:
            return number
        return max(self._rows[run], number - self._hidden[run + 1])

    def _row(self, number: int) -> StatementRow:
        count = self._runs.get(number, 1)
        return StatementRow(number, self._statements[number], count, count > 1 and number not in self.unfolded)
