"""Commands of a terminal session in a list beside the recorded screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from msgspec import Struct
from rich.text import Text

from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.domain.times import format_mmss
from replay_tui.presenters.document import Role, Span
from replay_tui.presenters.findings import finding_mark
from replay_tui.ui.section_text import spans_text, styles_of
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.statements_pane import marks_of_statements

MIN_CELLS, MAX_CELLS = 26, 46
"""Width of the list with its border; between them it takes what the recorded screen does not need."""
MAX_COMMAND_CHARS = 200


class CommandRow(Struct, frozen=True):
    """A command with its number among all statements of the session."""

    number: int
    statement: Statement

    @property
    def time(self) -> float:
        """Time of the command in seconds."""
        return self.statement.time


class CommandRows(Sequence[CommandRow]):
    """The rows of all statements, built on access."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements

    def __len__(self) -> int:
        return len(self._statements)

    @overload
    def __getitem__(self, index: int) -> CommandRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[CommandRow]: ...
    def __getitem__(self, index: int | slice) -> CommandRow | list[CommandRow]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        return CommandRow(number, self._statements[number])


class CommandList(LineList[CommandRow]):
    """Each command with its time, exit status and most severe finding; the one at the playhead is marked.

    A command that was typed and deleted was never sent: it is not counted, and the word says so.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._row, id=id, text_of=lambda row: row.statement.text)
        self._marks: Mapping[int, Finding] = {}

    def put(self, statements: Sequence[Statement], findings: Sequence[Finding]) -> None:
        """Show the commands of a session with the marks of their findings."""
        self._marks = marks_of_statements(findings)
        deleted = sum(one.deleted for one in statements)
        self.border_title = Text(pluralize(len(statements) - deleted, "command"))
        self.border_subtitle = Text(f"{deleted} deleted" if deleted else "")
        self.set_items(CommandRows(statements))

    def fit(self, free: int | None) -> None:
        """Take `free` cells, within the limits of the width; None for the width of an overlay."""
        if free is None:
            self.styles.clear_rule("width")
        else:
            self.styles.width = min(MAX_CELLS, max(MIN_CELLS, free))

    def _row(self, row: CommandRow, _width: int) -> Text:
        statement, finding = row.statement, self._marks.get(row.number)
        styles = styles_of(self.app.get_css_variables())
        mark = finding_mark(finding) if finding else Span("  ")
        line = spans_text([mark, Span(f"{format_mmss(statement.time)} ", Role.MUTED), *_exit_status(statement)], styles)
        text = " ".join(statement.text[:MAX_COMMAND_CHARS].split())
        if statement.deleted:
            line.append("deleted ", "italic dim")
        line.append(sanitize(text), "strike dim" if statement.deleted else "")
        return line


def _exit_status(statement: Statement) -> list[Span]:
    """Return `✓ `, or the exit status of a failed command; nothing if it is not known."""
    status = statement.details.get("exit_code")
    if status is None:
        return []
    return [Span("✓ ", Role.GOOD) if status == 0 else Span(f"✗{status} ", Role.BAD)]
