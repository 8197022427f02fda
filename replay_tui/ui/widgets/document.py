"""Text, tables, bytes and transcripts as line lists: the panes of sessions that are no terminal."""

from __future__ import annotations

from collections.abc import Sequence

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from rich.style import Style
from rich.syntax import Syntax
from rich.text import Span, Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from replay_tui.decoders.result import Table
from replay_tui.domain.text import clean
from replay_tui.domain.times import format_time
from replay_tui.terminal.transcript import TranscriptLine
from replay_tui.ui.widgets.line_list import LineList

MAX_CELL = 60
"""Cells that a table column takes at most; the whole value is shown by choosing the row."""


def highlighted(code: str, language: str, dark: bool) -> Text:
    """Cleaned code, coloured by Pygments. Very long texts stay plain."""
    code = clean(code, lines=True)
    try:
        get_lexer_by_name(language)
    except ClassNotFound:
        return Text(code)
    if len(code) > 200_000:
        return Text(code)
    text = Syntax("", language, theme="github-dark" if dark else "friendly", background_color="default").highlight(code)
    text.rstrip()
    # The lexer's theme colours words only; the background is ours.
    text.style = ""
    text.spans = [Span(span.start, span.end, _foreground(span.style)) for span in text.spans]
    return text


def _foreground(style: str | Style) -> str | Style:
    if isinstance(style, str):  # the theme's background, laid over everything
        return ""
    return Style(color=style.color, bold=style.bold, italic=style.italic, underline=style.underline)


class TextPane(LineList[str]):
    """Plain text, a line each; what has not yet been printed at the playhead is dimmed."""

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(self._line, empty=empty, id=id)

    def put(self, text: str) -> None:
        """Show a text."""
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        self.set_items(lines, min(2000, max(map(len, lines), default=0)))

    def _line(self, line: str, width: int) -> Text:
        return Text(clean(line))


class TablePane(LineList[tuple[str, ...]]):
    """A table that scrolls both ways; the first row names the columns."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._row, empty="the output holds no rows", id=id, text_of="\t".join)
        self._widths: list[int] = []
        self._right: list[bool] = []

    def put(self, table: Table) -> None:
        """Show a table."""
        count = max(map(len, (table.columns, *table.rows)), default=0)
        sample = table.rows[:2000]
        self._widths = [
            min(MAX_CELL, max((_cells(row[i]) for row in (table.columns, *sample) if i < len(row)), default=1))
            for i in range(count)
        ]
        self._right = [all(_numeric(row[i]) for row in sample if i < len(row) and row[i]) for i in range(count)]
        self.header = self._line(table.columns, heading=True)
        self.set_items(table.rows, sum(self._widths) + 3 * count)

    def _row(self, row: tuple[str, ...], width: int) -> Text:
        return self._line(row)

    def _line(self, row: tuple[str, ...], *, heading: bool = False) -> Text:
        line = Text(style="bold" if heading else "")
        for position, cells in enumerate(self._widths):
            value = row[position] if position < len(row) else ""
            cell = Text(clean(value), no_wrap=True)
            cell.truncate(cells, overflow="ellipsis")
            cell.align("right" if self._right[position] else "left", cells)
            if value in ("", "NULL") and not heading:
                cell.stylize("dim")
            line.append(" ")
            line.append_text(cell)
            line.append(" │", "dim")
        return line


def _cells(value: str) -> int:
    return Text(clean(value[:200])).cell_len


def _numeric(value: str) -> bool:
    try:
        float(value.replace(",", ""))
    except ValueError:
        return False
    return True


class TranscriptPane(LineList[TranscriptLine]):
    """The session's text with times, in step with the playhead."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._line, empty="no text yet", id=id, text_of=lambda line: line.text)

    def put(self, lines: Sequence[TranscriptLine]) -> None:
        """Show the lines."""
        self.set_items(lines, 14 + min(1000, max((len(line.text) for line in lines), default=0)))

    def _line(self, line: TranscriptLine, width: int) -> Text:
        text = Text(f"{format_time(line.time)} ", style="")
        text.stylize("dim")
        text.append("┆ " if line.origin == "alternate" else "│ ", "dim")
        text.append(clean(line.text))
        return text


class ScriptPane(VerticalScroll, can_focus=True):
    """The script that an `exec` session ran, coloured by Pygments."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def put(self, title: str, script: Text) -> None:
        """Show a script under a title."""
        self.border_title = Text(clean(title))
        self.query_one(Static).update(script)
