"""Help screen: all keys, from the command table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Column, Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from replay_tui.ui.commands import Command, Group, Place, commands_of
from replay_tui.ui.screens.dialogs import Dialog

_P, _M, _V, _A, _I, _F, _L = (
    *(Group.PLAYBACK, Group.MOMENTS, Group.VIEWS, Group.ACTIONS, Group.INBOX, Group.FIND, Group.LEAVING),
)
_COLUMNS = {
    Place.REPLAY: ((_P, _M, _I), (_V, _A, _F, _L)),
    Place.INBOX: ((_I, _F, _P, _M), (_L, _V, _A)),
    Place.FIND: ((_F, _P, _M), (_L, _I, _V, _A)),
}
"""The groups of each column; the keys of the current place come first."""


class HelpScreen(Dialog[None]):
    """Lists the keys, in two columns if the terminal is wide enough, under an optional text `more`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # as in Textual

    def __init__(self, place: Place = Place.REPLAY, more: str = "") -> None:
        super().__init__()
        self._place, self._more = place, more

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog help") as box:
            box.border_title = Text("Keys")
            box.border_subtitle = Text("esc closes ─ ctrl+p finds a command by name")
            if self._more:
                yield Static(Text(f"{self._more}\n"), markup=False)
            commands = commands_of(self.app)
            with Horizontal(classes="columns"):
                for groups in _COLUMNS[self._place]:
                    with Vertical(classes="column"):
                        for group in groups:
                            yield Static(Text(group.value, "bold underline"), markup=False)
                            yield Static(_keys(group, commands), markup=False, classes="keys")
            yield Static(
                Text(
                    "Arrows, PgUp/PgDn and Home/End belong to the focused list or text; on the recorded screen and the "
                    "timeline they move through time.",
                    "dim",
                ),
                markup=False,
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss()


def _keys(group: Group, commands: Sequence[Command]) -> Table:
    """Return a group's keys and sentences as two columns, so that long sentences wrap with an indent."""
    table = Table.grid(Column(width=10, no_wrap=True), Column(), padding=(0, 1))
    for command in commands:
        if command.group is group:
            table.add_row(Text(command.shown or "-", "bold"), Text(command.help))
    return table
