"""Sessions that `list` and `scan --flagged` take from the gateway, and what could not be read about them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.cli.output import Progress
from replay_tui.domain.display_text import pluralize
from replay_tui.domain.session import Session
from replay_tui.gateway.session_details import SessionDetails
from replay_tui.gateway.session_list import PAGE_SIZE, Filters, Page, pages
from replay_tui.gateway.waiting import find_waiting

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


class FoundSessions(Struct):
    """Listed sessions, a message if there are `more` of them, and the number that were asked for but `unread`.

    The risk of an unread session is unknown. `failure` is the error after which no more sessions were read.
    """

    rows: list[Session] = field(default_factory=list)
    more: str = ""
    unread: int = 0
    failure: str = ""

    def take(self, details: SessionDetails, rows: Sequence[Session], limit: int, *, flagged: bool, read: bool) -> int:
        """Add rows until there are `limit`, and return how many were examined.

        With `read` each is completed. With `flagged` only flagged ones are added.
        """
        with closing(details.complete_all(rows) if read else (row for row in rows)) as source:
            for number, row in enumerate(source, start=1):
                self.unread += read and not row.is_judged
                if not flagged or row.flagged:
                    self.rows.append(row)
                if len(self.rows) == limit:
                    return number
        return len(rows)

    @property
    def unread_text(self) -> str:
        """Sentence about the sessions that were not read; empty if there are none."""
        if not self.unread:
            return ""
        why = f": {self.failure}" if self.failure else "."
        return f"{pluralize(self.unread, 'session')} could not be read, so that the risk is unknown{why}"


def find_sessions(
    client: GatewayClient, filters: Filters, *, limit: int, flagged: bool = False, read: bool = False
) -> FoundSessions:
    """Return the newest sessions; with `read` each is completed, which `flagged` needs. Raises `GatewayError`."""
    found, details = FoundSessions(), SessionDetails(client.read)
    narrow = flagged or "@" in (filters.user or "")
    with Progress("listing") as progress:
        for page in pages(client.read, filters, page_size=PAGE_SIZE if narrow else min(PAGE_SIZE, limit)):
            rows = page.sessions if flagged else page.sessions[: limit - len(found.rows)]
            taken = found.take(details, rows, limit, flagged=flagged, read=read or flagged)
            if len(found.rows) == limit and (taken < len(page.sessions) or page.has_next):
                found.more = _more(page, limit, narrow=narrow)
                break
            if page.at_limit:
                found.more = "The gateway lists no more sessions; narrow the list, for example with --until."
            if page.total:
                progress.update(page.offset + len(page.sessions), page.total)
    found.failure = details.failure
    return found


def find_mine(client: GatewayClient, filters: Filters, *, limit: int, flagged: bool = False) -> FoundSessions:
    """Return the sessions that wait for the current user, the oldest first, completed. Raises `GatewayError`."""
    found, details = FoundSessions(), SessionDetails(client.read)
    with Progress("listing"):
        waiting = find_waiting(client.read, filters)
        taken = found.take(details, waiting.sessions, limit, flagged=flagged, read=True)
    if taken < len(waiting.sessions):
        found.more = f"The first {limit} sessions are shown; --limit shows more."
    elif not waiting.is_complete:
        found.more = "There are more pending reviews than were searched; narrow the list, for example with --until."
    found.failure = details.failure
    return found


def _more(page: Page, limit: int, *, narrow: bool) -> str:
    total = f"{limit} of {page.total_text}" if page.total is not None and not narrow else f"The first {limit}"
    return f"{total} sessions are shown; --limit shows more."
