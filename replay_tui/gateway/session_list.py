"""The list of sessions: the gateway's filters, one page, and paging as deep as the gateway goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import InvalidResponse

PAGE_SIZE = 100
MAX_OFFSET = 10_000
"""The gateway answers 422 beyond this; a capped total reads "10000+"."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the gateway can filter by; None does not filter. `user` is a subject id; dates without a zone are UTC."""

    user: str | None = None
    connection: str | None = None
    type: str | None = None
    review_status: str | None = None
    review_approver: str | None = None
    batch_id: str | None = None
    correlation_id: str | None = None
    jira_issue_keys: tuple[str, ...] = ()
    start_date: datetime | None = None
    end_date: datetime | None = None

    def params(self) -> dict[str, str | int]:
        """As query parameters."""
        values = {
            "user": self.user,
            "connection": self.connection,
            "type": self.type,
            "review.status": self.review_status,
            "review.approver": self.review_approver,
            "batch_id": self.batch_id,
            "correlation_id": self.correlation_id,
            "jira_issue_key": ",".join(self.jira_issue_keys),
            "start_date": _moment(self.start_date),
            "end_date": _moment(self.end_date),
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """Some sessions (without script and stream) from `offset` on. `total` is None where the gateway did not count."""

    sessions: tuple[Session, ...]
    offset: int = 0
    total: int | None = None
    total_is_capped: bool = False
    has_next: bool = False
    at_limit: bool = False
    """Whether there is more that no page can reach: a filter has to narrow the list."""

    @property
    def total_text(self) -> str:
        """The total as people read it: `42`, `10000+`, or `?`."""
        return "?" if self.total is None else f"{self.total}{'+' if self.total_is_capped else ''}"

    @staticmethod
    def parse(answer: Any, offset: int) -> Page:
        """The page in an answer. Raises `InvalidResponse` for something that is no page."""
        rows = answer.get("data", answer) if isinstance(answer, dict) else answer
        if not isinstance(answer, dict) or not (rows is None or isinstance(rows, list)):
            raise InvalidResponse("The gateway answered with something that is no list of sessions.")
        total = answer.get("total")
        return Page(
            tuple(Session.parse(row) for row in rows or [] if isinstance(row, dict)),
            offset,
            total if isinstance(total, int) and not isinstance(total, bool) else None,
            answer.get("total_is_capped") is True,
            answer.get("has_next_page") is True,
        )


class SessionLister(Protocol):
    """What paging needs of a client."""

    def sessions(
        self,
        filters: Filters,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        count: str = "capped",
        cancel: CancelToken | None = None,
    ) -> Page:
        """One page."""


class Pager:
    """Page after page of a list. `next()` may be called again after it has failed: it asks for the same page.

    A session is given once, though it slips to a later page because newer ones came in, or comes twice in one. The
    gateway knows users by subject id and people know them by e-mail: where an address finds nothing, the whole list is
    looked through for it.
    """

    def __init__(
        self,
        client: SessionLister,
        filters: Filters | None = None,
        *,
        page_size: int = PAGE_SIZE,
        cancel: CancelToken | None = None,
    ) -> None:
        self.done = False
        self._client, self._filters = client, filters or Filters()
        self._size, self._cancel = page_size, cancel
        self._offset = 0
        self._seen: set[str] = set()
        self._email = ""

    def next(self) -> Page:
        """The next page; an empty one after the last. Raises `GatewayError`."""
        if self.done:
            return Page((), self._offset)
        page = self._fetch()
        user = self._filters.user or ""
        if not page.sessions and self._offset == 0 and "@" in user:
            self._filters, self._email = replace(self._filters, user=None), user.lower()
            page = self._fetch()
        fresh = tuple(row for row in page.sessions if row.fields.id is None or self._is_new(row.fields.id))
        if self._email:
            fresh = tuple(row for row in fresh if (row.fields.user or "").lower() == self._email)
        self._offset += len(page.sessions)
        self.done = not page.has_next or not page.sessions or self._offset > MAX_OFFSET
        total = None if self._email else page.total
        return replace(page, sessions=fresh, total=total, at_limit=page.has_next and self._offset > MAX_OFFSET)

    def _is_new(self, session_id: str) -> bool:
        known = session_id in self._seen
        self._seen.add(session_id)
        return not known

    def _fetch(self) -> Page:
        return self._client.sessions(
            self._filters, limit=self._size, offset=self._offset, count="capped", cancel=self._cancel
        )


def pages(
    client: SessionLister,
    filters: Filters | None = None,
    *,
    page_size: int = PAGE_SIZE,
    cancel: CancelToken | None = None,
) -> Iterator[Page]:
    """Every page that the gateway gives, each asked for when it is wanted."""
    pager = Pager(client, filters, page_size=page_size, cancel=cancel)
    while not pager.done:
        yield pager.next()


def _moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
