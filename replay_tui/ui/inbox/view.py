"""Interface of the inbox screen for its controllers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.inbox.preview import Preview
from replay_tui.ui.inbox.rows import InboxRow
from replay_tui.ui.widgets.filter_bar import FilterBar
from replay_tui.ui.widgets.line_list import LineList

Answer = TypeVar("Answer")


class InboxView(Protocol):
    """The inbox screen, as far as its controllers use it."""

    background: BackgroundTasks
    reads: BackgroundTasks
    rows: LineList[InboxRow]

    @property
    def has_preview(self) -> bool:
        """Return True if the preview is shown."""

    def lay_out(self) -> None:
        """Show or hide the preview, as the state or the width of the terminal says."""

    def show_preview(self, row: InboxRow | None, preview: Preview | None) -> None:
        """Show a session in the preview; `preview` is None until its recording was read."""

    @property
    def filter_bar(self) -> FilterBar:
        """The bar for the text filter."""

    @property
    def chosen(self) -> InboxRow | None:
        """The row under the cursor."""

    def show(self, session_id: str = "") -> None:
        """Show the rows of the state, with the cursor on a session if it is among them."""

    def write_status(self) -> None:
        """Update the status line, the tabs and the title."""

    def rows_changed(self) -> None:
        """Request what the shown rows need: their sessions, and more rows if there are too few."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Call back after `delay` seconds."""

    def report(self, message: str) -> None:
        """Show an error as a notice."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Show a dialog and hand its answer over."""
