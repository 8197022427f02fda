"""Pane of an `exec` session: the script, and below it the output as a table or as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.domain.display_text import expand_tabs, pluralize, sanitize
from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.recording import Recording
from replay_tui.redaction.redactor import Redactor
from replay_tui.ui.widgets.highlight import highlight_code
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import CompoundPane
from replay_tui.ui.widgets.table_pane import TablePane

MAX_LINE_CELLS = 2000
"""Width up to which a line is shown; the transcript and `replay-tui transcript` have all of it."""


class ExecPane(CompoundPane):
    """Script and output of a recording."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._script = ScriptPane(id="script")
        self._table, self._text = TablePane(id="table"), TextPane(empty="no output", id="text")
        self.children_to_mount = self._script, self._table, self._text

    @property
    def target(self) -> LineList[Any]:
        """The visible one of the two output panes."""
        return self._table if self._table.display else self._text

    def show_line(self, line: str) -> None:
        """Move the cursor to the next row with the words of `line`, searching from the cursor and then from the top."""
        output, words = self.target, _words(line)
        start = output.selected or 0
        for position in (*range(start, len(output.items)), *range(start)):
            item = output.items[position]
            if _words(item if isinstance(item, str) else " ".join(item)) == words:
                output.move_to_item(position)
                return

    def put(self, kind: SessionKind, recording: Recording) -> None:
        """Show script and output of a recording: a table if `kind` may have one and it was found, else lines."""
        script = recording.session.script_text
        table, text = self._table, self._text
        self._script.display = bool(script)
        if script:
            dark = self.app.current_theme.dark
            self._script.put("script", highlight_code(script, script_language(recording.session), dark))
        found = recording.analysis.decoded.table if kind.may_have_table else None
        table.display, text.display = found is not None, found is None
        if found is not None:
            table.put(found)
            counts = [pluralize(len(found.rows), "row"), pluralize(len(found.columns), "column")]
            table.border_title = Text(f"output · {', '.join([*counts, *['truncated'] * found.truncated])}")
        else:
            text.put(recording.text.output_lines)
            text.border_title = Text("output")

    def set_redactor(self, redactor: Redactor) -> None:
        """Change nothing: no input is typed into a script."""

    def mark_time(self, seconds: float) -> None:
        """Change nothing: the output of a script is shown as a whole."""

    def mark_statement(self, statements: Sequence[Statement], number: int | None) -> None:
        """Mark the statement with this number in the script and scroll to it; None for no mark."""
        self._script.mark([one.text.strip() for one in statements[: number + 1]] if number is not None else [])


def _words(text: str) -> list[str]:
    """Return the words of a line without the separators of table cells: rules, commas, tabs, quotes."""
    return re.findall(r'[^\s|│,"]+', text)


class ScriptPane(VerticalScroll, can_focus=True):
    """The script of an `exec` session, highlighted by Pygments."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = Static(markup=False)
        self._text, self._marked = Text(), 0

    def compose(self) -> ComposeResult:
        yield self._lines

    def put(self, title: str, script: Text) -> None:
        """Show a script under a title."""
        self.border_title = Text(sanitize(title))
        self._text, self._marked = script, 0
        self._lines.update(script)

    def mark(self, parts: Sequence[str]) -> None:
        """Mark the last of `parts`, which follow each other in the script, and scroll to it; without parts no mark."""
        if len(parts) == self._marked:
            return
        self._marked = len(parts)
        text = self._text.copy()
        start = end = 0
        for part in parts:  # in turn, because a script may repeat a statement
            shown = sanitize(part, keep_newlines=True)
            if (start := text.plain.find(shown, end)) >= 0:
                end = start + len(shown)
        if parts and start >= 0:
            text.stylize("reverse", start, end)
            above = Text(text.plain[:start]).wrap(self.app.console, max(1, self._lines.size.width))
            self.scroll_to(y=max(0, len(above) - 2), animate=False)
        self._lines.update(text)


class TextPane(LineList[str]):
    """Lines of plain text."""

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(self._line, empty=empty, id=id)

    def put(self, lines: Sequence[str]) -> None:
        """Show the lines of a text."""
        self.set_items(lines, min(MAX_LINE_CELLS, max(map(len, lines), default=0)))

    def _line(self, line: str, width: int) -> Text:
        return Text(expand_tabs(line[: 4 * MAX_LINE_CELLS]))  # with characters that take no cell
