"""Dialogs that ask before something happens. `ActionDialog` shows everything that an action on a session concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize
from replay_tui.presenters.decision import ActionDetails
from replay_tui.ui.screens.dialogs import Dialog
from replay_tui.ui.widgets.action_details_view import ActionDetailsView
from replay_tui.ui.widgets.choice_bar import Choice, ChoiceBar, ChoiceButton

CANCEL = Choice("n", "Cancel", also="esc")


class ActionDialog(Dialog[str | None]):
    """Asks for one of `choices`; the answer is its key. Enter gives the answer `default`, if there is one.

    The arrows and the page keys scroll `details`, which hold the whole script; without details there is only the
    `question`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n,escape,q", "answer_none", show=False)]

    def __init__(
        self,
        title: str,
        question: str,
        choices: Sequence[Choice],
        *,
        details: ActionDetails | None = None,
        default: str = "",
    ) -> None:
        super().__init__()
        self._title, self._question, self._details = title, question, details
        self._choices, self._default = (*choices, CANCEL), default

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog action") as box:
            box.border_title = Text(sanitize(self._title).capitalize())
            box.border_subtitle = Text(self._hint())
            box.set_class(self._details is None, "small")
            yield Static(Text(sanitize(self._question)), markup=False)
            if self._details is not None:
                yield ActionDetailsView(self._details)
            yield ChoiceBar(self._choices)

    def on_mount(self) -> None:
        for details in self.query(ActionDetailsView):
            details.focus()

    def on_key(self, event: events.Key) -> None:
        """Answer with the key of a choice."""
        key = self._default if event.key == "enter" else event.key
        if key and key in [choice.key for choice in self._choices if choice is not CANCEL]:
            event.stop()
            self.dismiss(key)

    def on_choice_button_chosen(self, event: ChoiceButton.Chosen) -> None:
        event.stop()
        self.dismiss(None if event.key == CANCEL.key else event.key)

    def action_answer_none(self) -> None:
        self.dismiss(None)

    def _hint(self) -> str:
        enter = next((choice.label for choice in self._choices if choice.key == self._default), "changes nothing")
        return f"enter {enter} · esc {CANCEL.label}{' · ↑↓ scroll' if self._details else ''}"
