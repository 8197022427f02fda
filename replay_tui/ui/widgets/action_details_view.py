"""Scrollable view of everything that an action on a session concerns, with the whole script."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize
from replay_tui.presenters.decision import ActionDetails
from replay_tui.ui.section_text import styles_of

MAX_SCRIPT_CHARS = 200_000
"""Characters of the script that are shown; the session has the complete text."""


class ActionDetailsView(VerticalScroll):
    """The fields and the script of `details`, sanitized."""

    def __init__(self, details: ActionDetails) -> None:
        super().__init__(classes="details")
        self._details = details

    def compose(self) -> ComposeResult:
        yield Static(self._fields(), markup=False)
        yield Static(_script(self._details.script), classes="script", markup=False)

    def _fields(self) -> Table:
        """Return the fields in two columns, so that no wrapped value can imitate a label."""
        styles, table = styles_of(self.app.get_css_variables()), Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for field in self._details.fields:
            table.add_row(Text(field.label, "dim"), Text(sanitize(field.value), styles.get(field.role, "")))
        return table


def _script(text: str) -> Text:
    if not text:
        return Text("no script", "dim")
    shown = sanitize(text[:MAX_SCRIPT_CHARS], keep_newlines=True).rstrip("\n")
    script = Text(f"script ({_lines(text)})\n", "dim").append(shown, "not dim")
    if len(text) > MAX_SCRIPT_CHARS:
        script.append(f"\n… {len(text) - MAX_SCRIPT_CHARS:,} more characters; see the session", "bold")
    return script


def _lines(text: str) -> str:
    count = len(text.splitlines())
    return f"{count:,} line{'' if count == 1 else 's'}"
