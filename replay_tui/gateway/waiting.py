"""Sessions that wait for the decision of the current user, the oldest first."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.review_policy import waits_for
from replay_tui.gateway.session_list import Filters, pages

if TYPE_CHECKING:
    from replay_tui.gateway.read_api import ReadApi

PENDING = "PENDING"
MAX_PAGES = 50
"""Pages of pending reviews that are searched; a gateway shows those of all groups to administrators."""


class Waiting(Struct, frozen=True):
    """Sessions waiting for `user`, the oldest request first; `is_complete` is False if there may be more."""

    user: CurrentUser
    sessions: tuple[Session, ...] = ()
    is_complete: bool = True


def find_waiting(read: ReadApi, filters: Filters | None = None, *, cancel: CancelToken | None = None) -> Waiting:
    """Return the sessions that match `filters` and wait for the current user. Raises `GatewayError`, `Cancelled`."""
    user = read.current_user(cancel=cancel)
    pending = replace(filters or Filters(), review_status=PENDING)
    found: list[Session] = []
    page = None
    for page in islice(pages(read, pending, cancel=cancel), MAX_PAGES):
        found += [row for row in page.sessions if waits_for(row, user)]
    found.sort(key=lambda row: (row.requested_at or datetime.max.replace(tzinfo=UTC), str(row.fields.id)))
    return Waiting(user, tuple(found), page is None or not (page.has_next or page.at_limit))
