"""Interfaces through which controllers use the replay screen and the application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, TypeVar

from textual.screen import Screen
from textual.widget import Widget

from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.ui.list_findings import ListFindings
    from replay_tui.ui.widgets.filter_bar import FilterBar
    from replay_tui.ui.widgets.main_pane import MainPane
    from replay_tui.ui.widgets.search_panel import SearchPanel

Answer = TypeVar("Answer")
Severity = Literal["information", "warning", "error"]


class Navigator(Protocol):
    """The list of sessions that the one on screen belongs to; opens others. See `SessionNavigation`."""

    sessions: list[SessionRef]
    at: int

    def open_neighbour(self, direction: int) -> bool:
        """Open the previous (-1) or next (1) session; return False at the end of the list."""

    def open_session(self, position: int, at: float | None = None) -> None:
        """Open the session at a position of the list, at a moment in seconds if given."""

    def set_session_list(self, sessions: Sequence[SessionRef], at: int, skipped: Sequence[str] = ()) -> None:
        """Replace the list; the session on screen stays open and is the one at `at`.

        `skipped` are sentences about sessions that are missing in the list.
        """

    def findings_of_list(self) -> ListFindings:
        """Return the findings of the list's sessions as far as they are known."""

    def leave(self) -> None:
        """Go back to the inbox, or quit if there is no inbox."""


class ScreenView(Protocol):
    """The part of the replay screen that its controllers use. See `ReplayView`."""

    background: BackgroundTasks

    @property
    def main_pane(self) -> MainPane:
        """The main pane."""

    @property
    def search_panel(self) -> SearchPanel:
        """The panel at the bottom of the main pane; `open_search` and `close_search` show and hide it."""

    @property
    def filter_bar(self) -> FilterBar:
        """The bar for the filter of the focused list."""

    @property
    def focused_widget(self) -> Widget | None:
        """The widget that has the focus."""

    @property
    def is_wide(self) -> bool:
        """Return True if the terminal has room for the commands beside the recording."""

    @property
    def is_searching(self) -> bool:
        """Return True while the search panel is shown."""

    @property
    def is_typing(self) -> bool:
        """Return True while a text input has the focus."""

    @property
    def is_web(self) -> bool:
        """Return True if the interface runs in a browser."""

    def say(self, message: str, severity: Severity = "information") -> None:
        """Show a short notice, unless the same one is still visible."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Show a dialog and pass its answer to `answered`."""

    def focus_main(self) -> None:
        """Focus the visible widget of the main pane."""

    def open_search(self) -> None:
        """Show the search panel."""

    def close_search(self) -> None:
        """Hide the search panel."""

    def toggle_panels(self, which: Literal["sidebar", "risk"]) -> None:
        """Show or hide panels of the side column."""

    def toggle_commands(self) -> None:
        """Show or hide the commands over the recording."""

    def toggle_full(self) -> None:
        """Show only the recording, or the whole screen again."""

    def uncover(self) -> None:
        """Close panels that cover the recording."""

    def close_overlay(self) -> bool:
        """Close the topmost panel over the recording; return True if there was one."""

    def release_keys(self, *, analysed: bool, complete: bool = True) -> None:
        """Dispatch the keys that waited for the recording, or for its analysis."""

    def copy_text(self, text: str) -> None:
        """Put a text on the clipboard."""

    def deliver_file(self, file: BinaryIO, name: str) -> None:
        """Send a file to the browser."""

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> None:
        """Call back after `delay` seconds."""

    def call_later(self, callback: Callable[[], Any]) -> None:
        """Call back once the pending messages are processed."""

    def call_after_refresh(self, callback: Callable[[], Any]) -> None:
        """Call back once the screen has been laid out and drawn."""
