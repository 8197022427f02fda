"""Statements pane: a list of all executions, and the details of the current one.

Consecutive executions of the same text form one row unless unfolded, and so do consecutive catalogue queries.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, overload

from msgspec import Struct
from rich.text import Text

from replay_tui.analysis.timeline import StatementSummary
from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.finding import Finding, worst_first
from replay_tui.domain.statement import Statement
from replay_tui.domain.times import format_duration, format_mmss
from replay_tui.presenters.findings import finding_mark
from replay_tui.ui.section_text import spans_text, styles_of
from replay_tui.ui.widgets.highlight import highlight_code
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import CompoundPane, Panel
from replay_tui.ui.widgets.statement_text import language_of_statement, statement_text

_GAP_CELLS = 9
MAX_ROW_CHARS = 600
"""Characters of a statement in its row."""


class StatementRow(Struct, frozen=True):
    """A statement by its number; while `folded`, the first of `count` executions represents all of them.

    They are equal, or catalogue queries (`is_catalog`).
    """

    number: int
    statement: Statement
    count: int = 1
    folded: bool = False
    is_catalog: bool = False

    @property
    def numbers(self) -> range:
        """The numbers of the statements that the row represents."""
        return range(self.number, self.number + (self.count if self.folded else 1))


class StatementRows(Sequence[StatementRow]):
    """The rows of all statements, built on access. `unfolded` has the first statement numbers of unfolded runs."""

    def __init__(self, outline: StatementSummary, unfolded: frozenset[int] = frozenset()) -> None:
        self._statements, self._runs, self.unfolded = outline.statements, outline.runs, unfolded
        self._catalog_runs = outline.catalog_runs
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
        is_folded = count > 1 and number not in self.unfolded
        return StatementRow(number, self._statements[number], count, is_folded, number in self._catalog_runs)


class StatementsPane(CompoundPane):
    """The list of statements, and below it the chosen or current one with its parameters."""

    has_results = True
    """False if the recording holds what was sent and nothing that came back."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._summary = StatementSummary()
        self._rows = StatementRows(self._summary)
        self._language = "sql"
        self._shown = -1
        self._current = -2
        self._playing = False
        self._revealed: Mapping[float, str] = {}
        self._marks: Mapping[int, Finding] = {}
        self._list = LineList[StatementRow](
            self._row, empty="no statements in this session", id="statement-list", text_of=self._filter_text
        )
        self._list.header = self._header
        self._detail = Panel(id="statement-detail")
        self.children_to_mount = self._list, self._detail

    @property
    def list(self) -> LineList[Any]:
        """The list of rows."""
        return self._list

    @property
    def _statements(self) -> Sequence[Statement]:
        return self._summary.statements

    def put(self, summary: StatementSummary, language: str, *, grown: bool = False) -> None:
        """Show statements; `language` is the Pygments lexer of statements other than shell and HTTP.

        With `grown` the list has only become longer: unfolded runs and the shown details stay.
        """
        self._summary, self._language = summary, language
        if not grown:
            self._shown, self._current = -1, -2
        self._show(StatementRows(summary, self._rows.unfolded if grown else frozenset()))
        if summary.statements and self._shown < 0:
            self.detail(0)

    def put_findings(self, findings: Sequence[Finding]) -> None:
        """Show beside each statement the mark of its most severe finding."""
        self._marks = marks_of_statements(findings)
        self.list.repaint()

    def _show(self, rows: StatementRows) -> None:
        self._rows = rows
        self.list.set_items(rows)
        self._mark_row()

    def mark(self, current: int, *, playing: bool = False) -> None:
        """Mark statement `current` (-1: before the first) and, while `playing`, dim the later ones."""
        if (current, playing) == (self._current, self._playing):
            return
        self._current, self._playing = current, playing
        self._mark_row()
        if current >= 0:
            self.detail(current)

    def _mark_row(self) -> None:
        row = self._rows.row_of(self._current) if self._current >= 0 else -1
        self.list.mark(row, row + 1 if self._playing else None)

    def unfold(self, row: StatementRow) -> bool:
        """Unfold or fold the run of a row; return False if the row is not a run."""
        if row.count == 1:
            return False
        self._show(StatementRows(self._summary, self._rows.unfolded ^ {row.number}))
        return True

    def reveal(self, secrets: Mapping[float, str]) -> None:
        """Show these hidden inputs, by their end times in seconds, in the details; empty to hide them."""
        if secrets != self._revealed:
            self._revealed = secrets
            shown, self._shown = self._shown, -1
            self.detail(shown)

    def detail(self, number: int) -> None:
        """Show the details of a statement."""
        if number == self._shown or not 0 <= number < len(self._statements):
            return
        self._shown = number
        statement = self._statements[number]
        hidden = self._revealed.get(statement.time) if statement.kind == "input" else None
        dark = self.app.current_theme.dark
        text = statement_text(statement, self._language, dark=dark, hidden_input=hidden)
        took = f" · {_span(statement)}" if statement.duration is not None else ""
        deleted = " · typed, then deleted" if statement.deleted else ""
        title = f"{number + 1} of {len(self._statements):,} · {format_mmss(statement.time)} · {statement.kind}"
        self._detail.put(title + took + deleted, text)

    def _row(self, row: StatementRow, width: int) -> Text:
        statement, finding = row.statement, self._worst(row)
        styles = styles_of(self.app.get_css_variables())
        line = spans_text([finding_mark(finding)], styles) if finding else Text("  ")
        line.append(f"{format_mmss(statement.time):>8} {_gap(statement):>{_GAP_CELLS}}  ", "dim")
        verb = statement.verb or statement.kind
        if not re.search(rf"\b{re.escape(verb)}\b", statement.text[:MAX_ROW_CHARS], re.IGNORECASE):
            line.append(f"{truncate(sanitize(verb), 9)}  ", "bold")
        if row.count > 1:
            of_what = " catalogue queries" if row.is_catalog else ""
            line.append(f"{'▸' if row.folded else '▾'} x {row.count}{of_what}  ", "bold italic")
        shown = statement.text[:MAX_ROW_CHARS]
        language = language_of_statement(statement, self._language)
        text = highlight_code(" ".join(shown.split()), language, self.app.current_theme.dark)
        if statement.deleted:
            text.stylize("strike dim")
            line.append("deleted ", "italic dim")
        line.append_text(text)
        if status := statement.details.get("status"):
            line.append(f"  → {sanitize(status)}", "bold")
        if failed := statement.details.get("exit_code"):
            line.append(f"  → exit {sanitize(failed)}", "bold")
        if statement.params:
            values = ", ".join(
                "NULL" if value is None else truncate(sanitize(value), 30) for value in statement.params[:12]
            )
            line.append(f"  [{values}]", "dim")
        return line

    def _header(self, _width: int) -> Text:
        span = "took" if self._statements and _has_response_time(self._statements[0]) else "gap"
        results = "" if self.has_results else " (results and errors are not recorded)"
        return Text(f"  {'time':>8} {span:>{_GAP_CELLS}}  statement{results}", "dim")

    def _worst(self, row: StatementRow) -> Finding | None:
        """Return the most severe finding of the statements that a row represents."""
        numbers = row.numbers
        if len(numbers) > len(self._marks):
            return next(iter(worst_first([one for at, one in self._marks.items() if at in numbers])), None)
        return next(iter(worst_first([self._marks[at] for at in numbers if at in self._marks])), None)

    def _filter_text(self, row: StatementRow) -> str:
        """Return the texts that a row represents; those of a run are equal, unless they are catalogue queries."""
        shown = [self._statements[at] for at in row.numbers] if row.is_catalog else [row.statement]
        return "\n".join(f"{one.verb} {one.text} {one.params or ''}" for one in shown)


def marks_of_statements(findings: Sequence[Finding]) -> dict[int, Finding]:
    """Return the most severe finding of each statement that has any, by the statement's number."""
    marks: dict[int, Finding] = {}
    for one in worst_first(findings):
        if one.statement is not None:
            marks.setdefault(one.statement, one)
    return marks


def _has_response_time(statement: Statement) -> bool:
    """Return True if the duration is the response time, not the time to the next statement."""
    return "response_time" in statement.details


def _span(statement: Statement) -> str:
    span = format_duration(statement.duration or 0.0)
    return f"took {span}" if _has_response_time(statement) else f"{span} to the next"


def _gap(statement: Statement) -> str:
    """Return the duration for a column of `_GAP_CELLS` cells."""
    if statement.duration is None:
        return ""
    if _has_response_time(statement):
        return _span(statement).removeprefix("took ")
    return f"+{format_duration(statement.duration)}" if statement.duration >= 0.1 else ""
