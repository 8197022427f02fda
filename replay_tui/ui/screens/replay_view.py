"""View of the replay screen for its controllers: layout, focus, notices, dialogs, keys and timers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Literal, TypeVar

from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from replay_tui.domain.display_text import sanitize
from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.key_queue import KeyQueue, PendingKeys
from replay_tui.ui.screen_view import Severity
from replay_tui.ui.widgets.command_list import CommandList
from replay_tui.ui.widgets.filter_bar import FilterBar
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.main_pane import MainPane
from replay_tui.ui.widgets.panels import SideColumn
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.timeline import Timeline

Answer = TypeVar("Answer")


class ReplayView:
    """Implements `ScreenView`. Panels are a column on wide terminals and overlays on narrow ones."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self.background = BackgroundTasks(screen)
        self.pending_keys = PendingKeys()

    @property
    def main_pane(self) -> MainPane:
        """The main pane."""
        return self._screen.query_one(MainPane)

    @property
    def search_panel(self) -> SearchPanel:
        """The panel at the bottom of the main pane."""
        return self.main_pane.search_panel

    @property
    def filter_bar(self) -> FilterBar:
        """The bar for the filter of the focused list."""
        return self._screen.query_one(FilterBar)

    @property
    def focused_widget(self) -> Widget | None:
        """The widget that has the focus."""
        return self._screen.focused

    @property
    def is_wide(self) -> bool:
        """Return True if the terminal has room for the commands beside the recording."""
        return self._screen.has_class("-wide") or self._screen.has_class("-vast")

    @property
    def is_searching(self) -> bool:
        """Return True while the search panel is shown."""
        return self._screen.has_class("searching")

    @property
    def is_typing(self) -> bool:
        """Return True while a text input has the focus."""
        return isinstance(self._screen.focused, Input)

    @property
    def is_web(self) -> bool:
        """Return True if the interface runs in a browser."""
        return self._screen.app.is_web

    def focus_main(self) -> None:
        """Focus the visible widget of the main pane, or the timeline if that is a page of text."""
        # Immediately: the next key may already focus another widget.
        self._screen.set_focus(self.main_pane.main_target or self._screen.query_one(Timeline))

    def open_search(self) -> None:
        """Show the search panel."""
        self._screen.add_class("searching")

    def close_search(self) -> None:
        """Hide the search panel."""
        self._screen.remove_class("searching")

    def toggle_full(self) -> None:
        """Show only the recording, or the whole screen again."""
        self._screen.toggle_class("full")

    def toggle_panels(self, which: Literal["sidebar", "risk"]) -> None:
        """Show or hide panels of the side column, as a column or as an overlay."""
        if self.is_narrow:
            other = "risk" if which == "sidebar" else "sidebar"
            self._screen.remove_class(f"over-{other}", "over-commands")
            self._screen.toggle_class(f"over-{which}")
            if self._screen.has_class(f"over-{which}"):
                findings = self._screen.query_one("#findings", LineList)
                jumps = which == "risk" and findings.items
                (findings if jumps else self._screen.query_one(f"#{which}").query("Panel").first()).focus()
            else:
                self.focus_main()
        else:
            self._screen.toggle_class(f"no-{which}")
        self._screen.call_after_refresh(self._screen.query_one(SideColumn).share)

    def toggle_commands(self) -> None:
        """Show or hide the commands over the recording."""
        self._screen.remove_class("over-sidebar", "over-risk")
        self._screen.toggle_class("over-commands")
        if self._screen.has_class("over-commands"):
            self._screen.query_one(CommandList).focus()
        else:
            self.focus_main()

    @property
    def is_narrow(self) -> bool:
        """Return True if panels cover the recording instead of standing beside it."""
        return self._screen.has_class("-narrow")

    def uncover(self) -> None:
        """Close panels that cover the recording."""
        if self.is_narrow or self._screen.has_class("over-commands"):
            self._screen.remove_class("over-sidebar", "over-risk", "over-commands")
            self.focus_main()

    def close_overlay(self) -> bool:
        """Close the topmost panel over the recording; return True if there was one."""
        for name in ("over-commands", "over-sidebar", "over-risk", "full"):
            if self._screen.has_class(name):
                self._screen.remove_class(name)
                self.focus_main()
                return True
        return False

    def say(self, message: str, severity: Severity = "information") -> None:
        """Show a short notice, unless the same one is still visible."""
        seconds = 3 if severity == "information" else 6
        self._screen.notify(sanitize(message, keep_newlines=True), severity=severity, timeout=seconds, markup=False)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        """Show a dialog and pass its answer to `answered`."""
        self._screen.app.push_screen(dialog, answered)

    def copy_text(self, text: str) -> None:
        """Put a text on the clipboard."""
        self._screen.app.copy_to_clipboard(text)

    def deliver_file(self, file: BinaryIO, name: str) -> None:
        """Send a file to the browser."""
        self._screen.app.deliver_binary(file, save_filename=name)

    # -- keys and time --------------------------------------------------------------------------------------------

    def release_keys(self, *, analysed: bool, complete: bool = True) -> None:
        """Dispatch the keys that waited for a part of the recording, for all of it (`complete`), or its analysis."""
        pending, queue = self.pending_keys, self._key_queue
        ready = pending.ready(analysed=analysed, complete=complete)
        if pending:  # keys that have been typed since must not overtake those that wait for the analysis
            pending.add(queue.take(), self._screen.app)
        queue.put_first(ready)

    def when_keys_are_done(self, callback: Callable[[], object]) -> None:
        """Call back once every key typed so far has taken effect."""
        self._key_queue.when_empty(callback)

    @property
    def _key_queue(self) -> KeyQueue:
        app: Any = self._screen.app
        queue: KeyQueue = app.key_queue
        return queue

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> None:
        """Call back after `delay` seconds."""
        self._screen.set_timer(delay, callback)

    def call_later(self, callback: Callable[[], Any]) -> None:
        """Call back once the pending messages are processed."""
        self._screen.call_later(callback)

    def call_after_refresh(self, callback: Callable[[], Any]) -> None:
        """Call back once the screen has been laid out and drawn."""
        self._screen.call_after_refresh(callback)
