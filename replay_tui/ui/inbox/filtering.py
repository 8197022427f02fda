"""Controller that chooses the view of the inbox, filters and sorts it."""

from __future__ import annotations

from replay_tui.gateway.session_list import parse_filters
from replay_tui.ui.inbox.orders import next_order
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.rows import InboxTab
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.screens.dialogs import AskScreen

FILTERS_HINT = (
    "user= connection=prod-* type= review=PENDING can-review=E-MAIL jira= batch= correlation= since=7d "
    "until=2026-11-01; empty: all"
)


class InboxFiltering:
    """Sets which sessions are shown, and their order."""

    def __init__(self, state: InboxState, view: InboxView, paging: Paging) -> None:
        self._state, self._view, self._paging = state, view, paging

    def ask_text(self) -> None:
        """Open the bar for the text filter."""
        self._view.filter_bar.open(self._view.rows, self._state.rows.text)

    def put_text(self, text: str) -> None:
        """Show only the sessions that contain a text: user, connection, type, tags, metadata, what they did."""
        self._narrow(text=text)
        shown, counts = len(self._state.rows.visible), self._state.rows.counts[self._state.rows.view]
        self._view.filter_bar.put_count(f"{shown:,} of {counts:,}" if text else "")

    def ask_filters(self) -> None:
        """Open the dialog for the filters that the gateway applies."""

        def apply(text: str | None) -> None:
            if text is not None and text.strip() != self._state.filters:
                self._state.filters = text.strip()
                self._state.rows.clear()
                self._view.show()
                self._paging.begin()

        self._view.ask(AskScreen("Gateway filters", FILTERS_HINT, parse_filters, self._state.filters), apply)

    def toggle_flagged(self) -> None:
        """Show only flagged sessions, or all again."""
        self._toggle(InboxTab.FLAGGED)

    def toggle_mine(self) -> None:
        """Show only the sessions that wait for the user, or all again."""
        self._toggle(InboxTab.MINE)

    def next_view(self, step: int) -> None:
        """Show the view that is `step` tabs further on."""
        views = list(InboxTab)
        self.show_view(views[(views.index(self._state.rows.view) + step) % len(views)])

    def show_view(self, view: InboxTab) -> None:
        """Show a view; the cursor stays on its session if the view includes it."""
        self._state.flagged_for_this_run = False
        self._narrow(view=view)

    def clear(self) -> None:
        """Remove the text filter; without one show all sessions."""
        if self._view.filter_bar.is_open:
            self._view.filter_bar.close(remove=True)
        elif self._state.rows.text:
            self._narrow(text="")
        else:
            self.show_view(InboxTab.ALL)

    def next_sort(self) -> None:
        """Switch to the next sort order; the cursor stays on its session."""
        self._sort(next_order(self._state.rows.sort))

    def sort_by(self, column: str) -> None:
        """Sort by a column, in the other direction if it is sorted by it already."""
        self._sort(next_order(self._state.rows.sort, column))

    def _sort(self, name: str) -> None:
        if name:
            self._state.rows.sort = name
            self._narrow()

    def _toggle(self, view: InboxTab) -> None:
        self.show_view(InboxTab.ALL if self._state.rows.view is view else view)

    def _narrow(self, *, text: str | None = None, view: InboxTab | None = None) -> None:
        rows, chosen = self._state.rows, self._view.chosen
        rows.text = rows.text if text is None else text
        rows.view = rows.view if view is None else view
        rows.apply()
        self._view.show(chosen.id if chosen else "")
        self._paging.ask_ahead()
