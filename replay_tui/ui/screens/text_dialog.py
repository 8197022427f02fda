"""Dialogs with a longer text that scrolls: the output of a session that was run, one row of a result table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize
from replay_tui.ui.screens.dialogs import Dialog

MAX_SHOWN_CHARS = 200_000
"""Characters shown; the recording has the complete text."""


class TextDialog(Dialog[None]):
    """Shows an untrusted text, sanitised, with its line breaks."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "close", show=False)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        shown = (
            self._text
            if len(self._text) <= MAX_SHOWN_CHARS
            else f"{self._text[:MAX_SHOWN_CHARS]}\n… truncated; the recording has the complete text"
        )
        with VerticalScroll(classes="dialog") as box:
            box.border_title = Text(sanitize(self._title))
            box.border_subtitle = Text("esc closes")
            yield Static(Text(sanitize(shown, keep_newlines=True)), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss()


class RowDetailScreen(Dialog[None]):
    """Shows a row; the arrows scroll, Escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "close", show=False)]

    def __init__(self, title: str, columns: Sequence[str], row: Sequence[str]) -> None:
        super().__init__()
        self._title, self._columns, self._row = title, columns, row

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog record") as box:
            box.border_title, box.border_subtitle = Text(sanitize(self._title)), Text("esc closes")
            yield Static(self._text(), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss()

    def _text(self) -> Text:
        names = [sanitize(name) for name in self._columns]
        width = min(30, max(map(len, names), default=0))
        text = Text()
        for position, value in enumerate(self._row):
            name = names[position] if position < len(names) else f"column {position + 1}"
            text.append(f"{name:>{width}}  ", "dim")
            text.append(f"{sanitize(value)}\n", "dim italic" if value == "NULL" else "")
        text.rstrip()
        return text
