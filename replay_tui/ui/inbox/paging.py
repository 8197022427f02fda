"""Paging: the list is loaded page after page as it is wanted, and all of it again in place."""

from __future__ import annotations

from contextlib import suppress

from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.filter_parser import parse_filters
from replay_tui.gateway.session_list import Page, Pager
from replay_tui.ui.inbox.state import InboxState, Listing
from replay_tui.ui.inbox.view import InboxView

PREFETCH_ROWS = 60
"""Rows below what is in view from which on the next page is asked for."""


class Paging:
    """Loads the pages of one list at a time into `state.rows`."""

    def __init__(self, state: InboxState, view: InboxView, client: GatewayClient) -> None:
        self._state, self._view, self._client = state, view, client
        self._cancel = CancelToken()
        self._pager = Pager(client.read)

    def begin(self, depth: int = 0) -> None:
        """Ask for the list from its start; what is still on its way of an older one is dropped."""
        self.stop()
        try:
            filters = parse_filters(self._state.filters)
        except UsageError:  # kept by another version
            self._state.filters, filters = "", parse_filters("")
        self._cancel = CancelToken()
        self._pager = Pager(self._client.read, filters, cancel=self._cancel)
        self._state.listing = Listing(depth, total=self._state.listing.total)
        self._ask()
        self._view.write_status()

    def stop(self) -> None:
        """Cancel what is on its way."""
        self._cancel.cancel()
        self._view.background.cancel_all()

    def refresh(self) -> None:
        """Ask for the list again, as deep as it is loaded; the rows stay and change in place."""
        self.begin(len(self._state.rows))

    def ask_ahead(self) -> None:
        """Ask for the next page if the rows in view come near the end of those that are loaded.

        A filter may leave few rows: then it goes on until there is a screenful, or no more.
        """
        rows = self._view.rows
        low = max(rows.cursor, int(rows.scroll_y) + rows.size.height)
        if self._state.listing.catching_up or low + PREFETCH_ROWS >= rows.shown:
            self._ask()
        self._view.write_status()

    def _ask(self) -> None:
        listing, pager = self._state.listing, self._pager
        if listing.asking or listing.failed or not listing.more:
            return
        listing.asking = True
        self._view.background.start(
            "loading the list", lambda _task: pager.next(), done=self._came, failed=self._failed
        )

    def _came(self, page: Page) -> None:
        state, listing, chosen = self._state, self._state.listing, self._view.chosen
        listing.asking, listing.message = False, ""
        listing.more, listing.at_limit = not self._pager.done, page.at_limit
        listing.total = page.total_text if page.total is not None else listing.total
        listing.seen.update(str(one.fields.id) for one in page.sessions)
        if page.sessions:
            with suppress(ReplayError):  # shells complete these ids
                state.store.save_recent_session_ids(page.sessions)
        state.rows.add(page.sessions)
        if not listing.catching_up:
            state.rows.keep(listing.seen)  # what is not on the gateway's list any more
        self._view.show(state.going_to or (chosen.id if chosen else ""))
        self.ask_ahead()

    def _failed(self, message: str) -> None:
        listing = self._state.listing
        listing.asking, listing.failed, listing.message = False, True, message
        if self._state.rows.visible:
            self._view.report(message)
        self._view.write_status()

    def refresh_session(self, session_id: str) -> None:
        """Ask for one session as it is now; nothing is said if that fails."""
        cancel = self._cancel
        self._view.background.start(
            "loading a session's details",
            lambda _task: self._client.read.session(session_id, cancel=cancel),
            done=self._replace,
            failed=lambda _message: None,
        )

    def _replace(self, session: Session) -> None:
        chosen = self._view.chosen
        if self._state.rows.replace(session):
            self._view.show(chosen.id if chosen else "")
