"""Dialog before an action on a session: its effect, everything that it concerns, and the keys that carry it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from replay_tui.domain.text import sanitize
from replay_tui.ui.screens.dialogs import Dialog
from replay_tui.ui.screens.text_dialog import MAX_SHOWN_CHARS


class ActionDialog(Dialog[str | None]):
    """Asks for one of `choices` (key and label); the answer is its key. Enter chooses `default`, if there is one.

    The arrows and the page keys scroll `details`, which hold the whole script.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n,escape,q", "answer_none", show=False)]

    def __init__(
        self, title: str, question: str, details: str, choices: Sequence[tuple[str, str]], default: str = ""
    ) -> None:
        super().__init__()
        self._title, self._question, self._details = title, question, details
        self._choices, self._default = choices, default

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog action") as box:
            box.border_title = Text(sanitize(self._title).capitalize())
            yield Static(Text(sanitize(self._question)), markup=False)
            with VerticalScroll(classes="details"):
                yield Static(Text(self._shown_details(), "dim"), markup=False)
            yield Static(Text("      ".join([*self._labels(), "n Cancel"]), "bold"), classes="choices", markup=False)

    def on_mount(self) -> None:
        self.query_one(".details").focus()

    def on_key(self, event: events.Key) -> None:
        """Answer with the key of a choice."""
        key = self._default if event.key == "enter" else event.key
        if key and key in dict(self._choices):
            event.stop()
            self.dismiss(key)

    def action_answer_none(self) -> None:
        self.dismiss(None)

    def _labels(self) -> list[str]:
        return [f"{key}{' or Enter' if key == self._default else ''} {label}" for key, label in self._choices]

    def _shown_details(self) -> str:
        text = self._details
        if len(text) > MAX_SHOWN_CHARS:
            text = f"{text[:MAX_SHOWN_CHARS]}\n… {len(text) - MAX_SHOWN_CHARS:,} more characters; see the session"
        return sanitize(text, keep_newlines=True)
