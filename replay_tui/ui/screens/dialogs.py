"""Small dialogs: one line of input, a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError
from replay_tui.presenters.decision import ActionDetails
from replay_tui.ui.screens.minimum_size import mark_tiny
from replay_tui.ui.widgets.action_details_view import ActionDetailsView
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.queued_input import QueuedInput

Answer = TypeVar("Answer")
SCROLL_KEYS = {"up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down"}
"""Keys of a dialog with an input that scroll its details."""


def can_dismiss(screen: Screen[Any], result: object) -> bool:
    """Return True if `screen` may be dismissed now.

    Guards against a second key press dismissing the screen below, or one that opened above. A screen that is answered
    before it is mounted is dismissed with `result` later, because Textual still has to mount its widgets.
    """
    if screen.app.screen is not screen:
        return False
    if screen.is_mounted:
        return True

    def later() -> None:  # without a return value, which Textual would await
        screen.dismiss(result)

    screen.call_later(later)
    return False


class Dialog(ModalScreen[Answer]):
    """A modal screen that can be answered once."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium")]  # noqa: RUF012  # as in Textual

    def on_resize(self) -> None:
        mark_tiny(self)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close with an answer; do nothing if the dialog has been answered."""
        return super().dismiss(result) if can_dismiss(self, result) else AwaitComplete()


class AskScreen(Dialog[str | None]):
    """Asks for one line. `check` raises `ReplayError` for an invalid answer, whose message replaces the hint.

    `confirm` says what Enter does. The arrows and the page keys scroll `details`, which are what the answer concerns.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_empty", show=False),
        *(Binding(key, f"scroll('{way}')", show=False) for key, way in SCROLL_KEYS.items()),
    ]

    def __init__(
        self,
        title: str,
        hint: str,
        check: Callable[[str], object],
        value: str = "",
        *,
        confirm: str = "OK",
        details: ActionDetails | None = None,
    ) -> None:
        super().__init__()
        self._title, self._hint, self._check, self._value = title, hint, check, value
        self._confirm, self._details = confirm, details
        self._early: list[events.Key] = []  # typed before the input was mounted

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog action" if self._details else "dialog small") as box:
            box.border_title = Text(sanitize(self._title))
            box.border_subtitle = Text(f"enter {self._confirm} · esc Cancel{' · ↑↓ scroll' if self._details else ''}")
            yield QueuedInput(self._value)
            yield Static(Text(sanitize(self._hint)), classes="hint", markup=False)
            if self._details:
                yield ActionDetailsView(self._details)

    def on_mount(self) -> None:
        box = self.query_one(QueuedInput)
        box.action_select_all()
        for event in self._early:
            box.process_key(event)

    def on_key(self, event: events.Key) -> None:
        """Pass keys that arrive before the input has the focus on to the input."""
        for box in self.query(QueuedInput):
            if not box.has_focus:
                event.stop()
                box.process_key(event)
            return
        event.stop()
        self._early.append(event)

    def on_input_submitted(self, event: QueuedInput.Submitted) -> None:
        try:
            self._check(event.value)
        except ReplayError as error:
            hint = self.query_one(".hint", Static)
            hint.update(Text(sanitize(str(error))))
            hint.add_class("wrong")
            return
        self.dismiss(event.value)

    def action_dismiss_empty(self) -> None:
        self.dismiss(None)

    def action_scroll(self, way: str) -> None:
        for details in self.query(ActionDetailsView):
            getattr(details, f"scroll_{way}")(animate=False)


class ChooseScreen(Dialog[int | None]):
    """Shows a list of lines; the answer is the position of the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_empty", show=False),
        Binding("q", "dismiss_empty", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Text], at: int = 0) -> None:
        super().__init__()
        self._title, self._lines, self._at = title, lines, at

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Text(sanitize(self._title))
            box.border_subtitle = Text("enter Choose · esc Cancel")
            yield LineList[Text](_cut, empty="no choices")

    def on_mount(self) -> None:
        choices = self.query_one(LineList)
        choices.set_items(self._lines)
        choices.styles.height = min(max(1, len(self._lines)), 16)
        choices.move_to_item(self._at)
        choices.focus()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(event.position)

    def action_dismiss_empty(self) -> None:
        self.dismiss(None)


class ViewScreen(ChooseScreen):
    """The list of views; the key that opens it goes on to the next one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("v", "next", show=False)]

    def action_next(self) -> None:
        choices = self.query_one(LineList)
        choices.move_to_item(((choices.selected or 0) + 1) % len(choices.items))


def _cut(line: Text, width: int) -> Text:
    line = line.copy()
    line.truncate(width, overflow="ellipsis")
    return line
