"""Loading the list in threads: page after page as it is wanted, and all of it again in place."""

from __future__ import annotations

import logging
from collections.abc import Callable

from textual.message import Message

from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel import Cancel
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import Cancelled
from replay_tui.gateway.listing import Filters, Page, Pager
from replay_tui.settings.log_file import log_hint

logger = logging.getLogger(__name__)


class PageCame(Message):
    """A page of list number `listing`, or the sentence why it did not come."""

    def __init__(self, listing: int, page: Page | None, sentence: str = "") -> None:
        self.listing, self.page, self.sentence = listing, page, sentence
        super().__init__()


class SessionCame(Message):
    """A listed session as it is now."""

    def __init__(self, session: Session) -> None:
        self.session = session
        super().__init__()


class Paging:
    """The pages of one list at a time. `run` runs a function in a thread, `post` takes messages from there.

    `depth` sessions are wanted at least: as many as were there before, when a list is asked for again. `seen` are the
    ids that came since then. `asking` is true while a page is on its way, `failed` after one that did not come;
    `sentence` says why.
    """

    def __init__(
        self, client: GatewayClient, run: Callable[[Callable[[], None]], object], post: Callable[[Message], object]
    ) -> None:
        self.asking, self.more, self.failed = False, True, False
        self.at_limit = False
        self.total, self.sentence = "", ""
        self.depth = 0
        self.seen: set[str] = set()
        self._client, self._run, self._post = client, run, post
        self._listing = 0
        self._cancel = Cancel()
        self._pager = Pager(client)

    def begin(self, filters: Filters, depth: int = 0) -> None:
        """Ask for a list from its start; what is still on its way of an older one is forgotten."""
        self.stop()
        self._listing += 1
        self._cancel = Cancel()
        self._pager = Pager(self._client, filters, cancel=self._cancel)
        self.asking, self.more, self.failed, self.at_limit = False, True, False, False
        self.depth, self.seen = depth, set()
        self.ask()

    def stop(self) -> None:
        """Give up what is on its way."""
        self._cancel.cancel()

    @property
    def catching_up(self) -> bool:
        """Whether fewer sessions have come than are wanted at least."""
        return self.more and not self.failed and len(self.seen) < self.depth

    def ask(self) -> None:
        """Ask for the next page, if there is one and none is on its way."""
        if self.asking or self.failed or not self.more:
            return
        self.asking = True
        listing, pager = self._listing, self._pager

        def next_page() -> None:
            try:
                self._post(PageCame(listing, pager.next()))
            except Cancelled:
                return
            except ReplayError as error:
                self._post(PageCame(listing, None, str(error)))
            except Exception as error:  # the list must not wait for ever
                reraise_if_debugging()
                logger.exception("Loading the list of sessions failed")
                sentence = f"Loading the list failed ({type(error).__name__}). {log_hint()}"
                self._post(PageCame(listing, None, sentence))

        self._run(next_page)

    def took(self, event: PageCame) -> bool:
        """Note what came; says whether it belongs to the list that is wanted now."""
        if event.listing != self._listing:
            return False
        self.asking, page = False, event.page
        self.failed, self.sentence = page is None, event.sentence
        if page is not None:
            self.more, self.at_limit = not self._pager.done, page.at_limit
            self.total = page.total_shown if page.total is not None else self.total
            self.seen.update(str(one.fields.id) for one in page.sessions)
        return True

    def look_again(self, session_id: str) -> None:
        """Ask for one session as it is now; nothing is said where that fails."""

        def look() -> None:
            try:
                self._post(SessionCame(self._client.session(session_id, cancel=self._cancel)))
            except ReplayError:
                return

        self._run(look)
