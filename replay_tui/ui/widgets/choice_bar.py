"""Buttons of a dialog, named after what they do: `y Approve`, `n Cancel`. Keys and clicks give the same answer."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize

MAX_ROW_CELLS = 64
"""Buttons that are wider together stand below each other: the smallest dialog has about 70 columns."""


class Choice(Struct, frozen=True):
    """An answer: its key, the label of its button, other keys for display, and whether it destroys something."""

    key: str
    label: str
    also: str = ""
    destructive: bool = False

    @property
    def text(self) -> str:
        """Text of the button."""
        return f"{self.key}{f' or {self.also}' if self.also else ''} {self.label}"


class ChoiceButton(Static):
    """A button; a click posts `Chosen`."""

    class Chosen(Message):
        """The user clicked the button of the answer `key`."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, choice: Choice) -> None:
        super().__init__(Text(sanitize(choice.text), no_wrap=True), markup=False)
        self.set_class(choice.destructive, "destructive")
        self._key = choice.key

    def on_click(self) -> None:
        self.post_message(self.Chosen(self._key))


class ChoiceBar(Horizontal):
    """A row of buttons, or a column if they do not fit."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__(*map(ChoiceButton, choices))
        self.set_class(sum(cell_len(choice.text) + 4 for choice in choices) > MAX_ROW_CELLS, "stacked")
