"""The command palette and its entries: the commands of a screen and the sessions of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, SearchIcon
from textual.screen import Screen
from textual.worker import Worker

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.ui.command_table import Place, commands_of, place_of
from replay_tui.ui.screens.dialogs import can_dismiss
from replay_tui.ui.screens.minimum_size import mark_tiny

if TYPE_CHECKING:
    from replay_tui.ui.app import ReplayApp

NEIGHBOUR_SESSIONS = 25
"""Sessions offered before and after the one on screen; a gateway's list may have ten thousand."""
MAX_TITLE_CHARS = 80
_NO_MARKUP = str.maketrans("[]", "()")


def palette_commands(app: ReplayApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """Yield the palette's entries for `screen`: its commands and, on a replay screen, the neighbouring sessions."""
    for command in commands_of(app):
        if command.palette and place_of(screen) in command.places:
            title = f"{command.label}  ({command.shown})" if command.shown else command.label
            yield SystemCommand(title, command.help, _action_runner(app, screen, command.textual_action))
    if place_of(screen) is Place.REPLAY:
        navigation, replay = app.navigation, screen
        for position, ref in enumerate(navigation.sessions):
            if 0 < abs(position - navigation.at) <= NEIGHBOUR_SESSIONS:
                # The palette parses markup in its titles.
                title = truncate(sanitize(ref.title or ref.path), MAX_TITLE_CHARS).translate(_NO_MARKUP)
                open_it = partial(replay.controllers.session_list.neighbour, position - navigation.at)  # type: ignore[attr-defined]  # its place
                yield SystemCommand(f"session: {title}", "Open this session", open_it)


def _action_runner(app: App[Any], screen: Screen[Any], action: str) -> Callable[[], None]:
    async def run() -> None:
        await app.run_action(action, default_namespace=screen)

    def later() -> None:
        app.call_later(run)

    return later


class Palette(CommandPalette):
    """Textual's palette, fixed: a palette that is closed while it opens searches a list that no longer exists."""

    def on_mount(self) -> None:
        self.query_one(SearchIcon).icon = ">"  # terminals disagree about the width of Textual's emoji

    def on_resize(self) -> None:
        mark_tiny(self)

    def run_worker(self, *args: Any, **options: Any) -> Worker[Any]:
        """See `textual.dom.DOMNode.run_worker`; a failing search does not end the program."""
        return super().run_worker(*args, **{**options, "exit_on_error": False})

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the palette, at most once."""
        return super().dismiss(result) if can_dismiss(self, result) else AwaitComplete()
