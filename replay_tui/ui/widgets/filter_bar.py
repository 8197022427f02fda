"""Filter bar under a list: filters while the user types; Enter keeps the filter, Escape removes it."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from replay_tui.domain.display_text import sanitize
from replay_tui.ui.widgets.queued_input import QueuedInput


class FilterBar(Horizontal):
    """A line of input for the filter of `target`, hidden until `open`; `target` gets the focus back."""

    class Changed(Message):
        """The filter of `target` is now `text`."""

        def __init__(self, target: Widget, text: str) -> None:
            self.target, self.text = target, text
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.target: Widget | None = None
        self._text = ""

    def compose(self) -> ComposeResult:
        yield Static(Text("Filter "), markup=False, classes="label")
        yield QueuedInput(placeholder="show rows containing…   enter keeps it, esc removes it", id="filter-input")
        yield Static(markup=False, classes="count")

    @property
    def is_open(self) -> bool:
        """Return True while the bar is shown."""
        return self.has_class("shown")

    def open(self, target: Widget, text: str) -> None:
        """Show the bar with the current filter of `target`, selected so that typing replaces it."""
        self.target, self._text = target, text
        box = self.query_one(QueuedInput)
        with box.prevent(Input.Changed):
            box.value = text
        box.action_select_all()
        self.put_count("")
        self.add_class("shown")
        self.screen.set_focus(box)  # immediately, because the next key belongs to it

    def close(self, *, remove: bool) -> None:
        """Hide the bar and focus the list; with `remove` also remove the filter."""
        target, self.target = self.target, None
        if target is None:
            return
        self.remove_class("shown")
        self.screen.set_focus(target)
        if remove and self._text:
            self.post_message(self.Changed(target, ""))

    def put_count(self, text: str) -> None:
        """Show how many rows the filter shows."""
        self.query_one(".count", Static).update(Text(sanitize(text), no_wrap=True))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._put(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._put(event.value)
        self.close(remove=False)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("down", "tab"):
            event.stop()
            event.prevent_default()
            self.close(remove=False)

    def _put(self, text: str) -> None:
        if self.target is not None and text != self._text:
            self._text = text
            self.post_message(self.Changed(self.target, text))
