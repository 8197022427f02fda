"""Help screen: all keys, from the command table, the symbols of the timeline and the mouse; searchable by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.console import Group as RichGroup
from rich.table import Column, Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from replay_tui.ui.command_table import Place, commands_of
from replay_tui.ui.help_content import HelpGroup, HelpPane, help_groups, matching_groups, split_groups
from replay_tui.ui.screens.dialogs import Dialog
from replay_tui.ui.widgets.queued_input import QueuedInput

_CLOSING_KEYS = ("q", "?")


class HelpScreen(Dialog[None]):
    """Lists the keys, in two columns if the terminal is wide enough, under an optional text `more`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll_page(-1)", show=False),
        Binding("pagedown", "scroll_page(1)", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # as in Textual

    def __init__(self, place: Place = Place.REPLAY, more: str = "", pane: HelpPane = HelpPane.OTHER) -> None:
        super().__init__()
        self._place, self._more, self._pane = place, more, pane
        self._groups: list[HelpGroup] = []
        self._wanted = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = Text("Help")
            box.border_subtitle = Text("esc closes ─ ctrl+p finds a command by name")
            yield QueuedInput(placeholder="type to search: a word, or one key")
            with VerticalScroll(can_focus=False):
                if self._more:
                    yield Static(Text(self._more, "dim"), markup=False, classes="more")
                with Horizontal(classes="columns"):
                    yield Static(markup=False, classes="column")
                    yield Static(markup=False, classes="column")

    def on_mount(self) -> None:
        self._groups = help_groups(self._place, self._pane, commands_of(self.app))
        self._show(self._groups)
        self.query_one(QueuedInput).focus()

    def on_input_changed(self, event: QueuedInput.Changed) -> None:
        """Show what contains the typed words; `q` and `?` close unless a search has begun."""
        event.stop()
        before, self._wanted = self._wanted, event.value
        if not before and event.value in _CLOSING_KEYS:
            self.dismiss()
            return
        self._show(list(matching_groups(self._groups, event.value)) if event.value.strip() else self._groups)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _show(self, groups: Sequence[HelpGroup]) -> None:
        left, right = self.query(".column").results(Static)
        halves = split_groups(groups)
        left.update(_content(halves[0]) if groups else Text("No matches.", "dim"))
        right.update(_content(halves[1]))

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, rows: int) -> None:
        """Scroll by a number of rows."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by a number of pages."""
        view = self.query_one(VerticalScroll)
        view.scroll_relative(y=pages * max(1, view.size.height - 1), animate=False)


def _content(groups: Sequence[HelpGroup]) -> RichGroup:
    """Return each group under its heading, keys and sentences in two columns, so that long sentences wrap."""
    parts: list[Text | Table] = []
    for group in groups:
        table = Table.grid(Column(width=10), Column(), padding=(0, 1))
        for one in group.entries:
            table.add_row(Text(one.keys, "bold"), Text(one.text))
        parts += [Text(), Text.assemble((group.title, "bold underline")), table]
    return RichGroup(*parts[1:])
