"""Controller that loads the session list page by page and refreshes it in place."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.session_list import Page, Pager, parse_filters
from replay_tui.ui.inbox.completing import Completing
from replay_tui.ui.inbox.rows import InboxTab
from replay_tui.ui.inbox.state import AUTOMATIC_ROWS, InboxState, Listing
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.inbox.waiting import WaitingList

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

PREFETCH_ROWS = 60
"""Rows below the view that are loaded ahead."""


class Paging:
    """Loads the pages of one session list at a time into `state.rows`."""

    def __init__(
        self, state: InboxState, view: InboxView, client: GatewayClient, completing: Completing, waiting: WaitingList
    ) -> None:
        self._state, self._view, self._client = state, view, client
        self._completing, self._waiting = completing, waiting
        self._cancel = CancelToken()
        self._pager = Pager(client.read)

    def begin(self, depth: int = 0) -> None:
        """Request the list from its start, at least `depth` sessions; cancels pending requests."""
        self.stop()
        try:
            filters = parse_filters(self._state.filters)
        except UsageError:  # saved by another version
            self._state.filters, filters = "", parse_filters("")
        self._cancel = CancelToken()
        self._pager = Pager(self._client.read, filters, cancel=self._cancel)
        self._state.listing = Listing(depth, total=self._state.listing.total, allowed=max(depth, AUTOMATIC_ROWS))
        self._request()
        self._waiting.load()
        self._view.write_status()

    def stop(self) -> None:
        """Cancel pending requests."""
        self._cancel.cancel()
        self._view.background.cancel_all()
        self._completing.stop()

    def refresh(self) -> None:
        """Request all loaded pages again; the rows are updated in place."""
        self._completing.resume()
        self._state.refresh_count += 1
        self.begin(len(self._state.rows))

    def allow_more(self) -> None:
        """Load more rows although a filter hides most of them."""
        self._state.listing.allowed = len(self._state.rows) + AUTOMATIC_ROWS
        self.ask_ahead()

    def ask_ahead(self) -> None:
        """Request the next page if the view is near the end of the loaded rows, and the sessions of the rows in view.

        If a filter hides most rows, pages are requested until the view is full, the list ends, or as many are loaded as
        are allowed. If the risk decides what is shown, the loaded rows are judged before the next page.
        """
        rows, loaded, listing = self._view.rows, self._state.rows, self._state.listing
        self._completing.want()
        low = max(rows.cursor, int(rows.scroll_y) + rows.size.height)
        judging = loaded.needs_all_judged and self._completing.is_busy
        near_end = low + PREFETCH_ROWS >= rows.shown and not judging
        allowed = len(loaded) < listing.allowed or len(loaded.visible) == len(loaded)
        if listing.catching_up or (near_end and allowed and loaded.view is not InboxTab.MINE):
            self._request()
        self._view.write_status()

    def _request(self) -> None:
        listing, pager = self._state.listing, self._pager
        if listing.asking or listing.failed or not listing.more:
            return
        listing.asking = True
        self._view.background.start(
            "loading the list", lambda _task: pager.next(), done=self._on_page, failed=self._on_failure
        )

    def _on_page(self, page: Page) -> None:
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
            state.rows.keep(listing.seen)  # removes sessions that the gateway no longer lists
        self._view.show(state.going_to or (chosen.id if chosen else ""))
        self.ask_ahead()

    def _on_failure(self, message: str) -> None:
        listing = self._state.listing
        listing.asking, listing.failed, listing.message = False, True, message
        if self._state.rows.visible:
            self._view.report(message)
        self._view.write_status()

    def refresh_waiting(self) -> None:
        """Request again what waits for the user."""
        self._waiting.load()

    def refresh_session(self, session_id: str) -> None:
        """Request one session again; a failure is ignored."""
        cancel = self._cancel
        self._completing.forget(session_id)
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
