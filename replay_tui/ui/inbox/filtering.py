"""Controller that filters and sorts the inbox."""

from __future__ import annotations

from replay_tui.gateway.session_list import parse_filters
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.screens.dialogs import AskScreen

TEXT_HINT = "show sessions containing… (user, connection, type, tags, metadata, AI title); empty: all"
FILTERS_HINT = (
    "user= connection=prod-* type= review=PENDING can-review=E-MAIL jira= batch= correlation= since=7d until=2026-11-01; "
    "empty: all"
)


class InboxFiltering:
    """Sets which sessions are shown, and their order."""

    def __init__(self, state: InboxState, view: InboxView, paging: Paging) -> None:
        self._state, self._view, self._paging = state, view, paging

    def ask_text(self) -> None:
        """Open the dialog for the text filter."""

        def apply(text: str | None) -> None:
            if text is not None:
                self._narrow(text=text)

        self._view.ask(AskScreen("Filter", TEXT_HINT, lambda text: text, self._state.rows.text), apply)

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
        self._state.flagged_for_this_run = False
        self._narrow(flagged=not self._state.rows.flagged)

    def clear(self) -> None:
        """Remove the text filter and the flagged filter."""
        self._narrow(text="", flagged=False)

    def next_sort(self) -> None:
        """Switch to the next sort order; the cursor stays on its session."""
        chosen = self._view.chosen
        self._state.rows.next_sort()
        self._view.show(chosen.id if chosen else "")

    def _narrow(self, *, text: str | None = None, flagged: bool | None = None) -> None:
        rows, chosen = self._state.rows, self._view.chosen
        rows.text = rows.text if text is None else text
        rows.flagged = rows.flagged if flagged is None else flagged
        rows.apply()
        self._view.show(chosen.id if chosen else "")
        self._paging.ask_ahead()
