"""Session list of the gateway: filters, pages, and paging up to the gateway's deepest offset.

Filters are also parsed from text: `connection=pgdemo review=PENDING since=7d`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from replay_tui.domain.errors import UsageError
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize, truncate
from replay_tui.domain.times import parse_date
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import InvalidResponse

PAGE_SIZE = 100
MAX_OFFSET = 10_000
"""Deepest offset; the gateway responds with 422 beyond it. A capped total reads "10000+"."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the gateway; None does not filter. `user` is a subject id; dates without a zone are UTC."""

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
        """Return the query parameters."""
        values = {
            "user": self.user,
            "connection": self.connection,
            "type": self.type,
            "review.status": self.review_status,
            "review.approver": self.review_approver,
            "batch_id": self.batch_id,
            "correlation_id": self.correlation_id,
            "jira_issue_key": ",".join(self.jira_issue_keys),
            "start_date": _format_timestamp(self.start_date),
            "end_date": _format_timestamp(self.end_date),
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """Page of sessions (without script and stream) from `offset` on. `total` is None if the gateway did not count."""

    sessions: tuple[Session, ...]
    offset: int = 0
    total: int | None = None
    total_is_capped: bool = False
    has_next: bool = False
    at_limit: bool = False
    """True if more sessions exist beyond `MAX_OFFSET`, which only a narrower filter can reach."""

    @property
    def total_text(self) -> str:
        """Total for display: `42`, `10000+`, or `?`."""
        return "?" if self.total is None else f"{self.total}{'+' if self.total_is_capped else ''}"

    @staticmethod
    def parse(value: Any, offset: int) -> Page:
        """Parse a response. Raises `InvalidResponse` if it is not a list of sessions."""
        rows = value.get("data", value) if isinstance(value, dict) else value
        if not isinstance(value, dict) or not (rows is None or isinstance(rows, list)):
            raise InvalidResponse("The gateway sent a response that is not a list of sessions.")
        total = value.get("total")
        return Page(
            tuple(Session.parse(row) for row in rows or [] if isinstance(row, dict)),
            offset,
            total if isinstance(total, int) and not isinstance(total, bool) else None,
            value.get("total_is_capped") is True,
            value.get("has_next_page") is True,
        )


class SessionLister(Protocol):
    """Interface of `ReadApi` that paging uses."""

    def sessions(
        self,
        filters: Filters,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        count: str = "capped",
        cancel: CancelToken | None = None,
    ) -> Page:
        """Return one page."""


class Pager:
    """Iterator over the pages of a list. `next` may be called again after an error and requests the same page.

    Each session is returned once, even if new sessions shift it to a later page. The gateway filters users by subject
    id, users enter e-mail addresses: if an address matches nothing, the whole list is filtered here.
    """

    def __init__(
        self,
        lister: SessionLister,
        filters: Filters | None = None,
        *,
        page_size: int = PAGE_SIZE,
        cancel: CancelToken | None = None,
    ) -> None:
        self.done = False
        self._lister, self._filters = lister, filters or Filters()
        self._size, self._cancel = page_size, cancel
        self._offset = 0
        self._seen: set[str] = set()
        self._email = ""

    def next(self) -> Page:
        """Return the next page, an empty one after the last. Raises `GatewayError`, `Cancelled`."""
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
        return self._lister.sessions(
            self._filters, limit=self._size, offset=self._offset, count="capped", cancel=self._cancel
        )


def pages(
    lister: SessionLister,
    filters: Filters | None = None,
    *,
    page_size: int = PAGE_SIZE,
    cancel: CancelToken | None = None,
) -> Iterator[Page]:
    """Yield every page, requested lazily. Raises `GatewayError`, `Cancelled`."""
    pager = Pager(lister, filters, page_size=page_size, cancel=cancel)
    while not pager.done:
        yield pager.next()


def _format_timestamp(value: datetime | None) -> str | None:
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


_FIELDS = {
    "user": "user", "connection": "connection", "type": "type", "review": "review_status",
    "approver": "review_approver", "batch": "batch_id", "correlation": "correlation_id", "jira": "jira_issue_keys",
    "since": "start_date", "until": "end_date",
}  # fmt: skip
NAMES = tuple(_FIELDS)
STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN")


def parse_filters(text: str, now: datetime | None = None) -> Filters:
    """Parse `name=value` filters; values with spaces are quoted. Raises `UsageError` if a name or value is invalid."""
    try:
        tokens = shlex.split(text)
    except ValueError:
        raise UsageError("A quote is not closed.") from None
    values: dict[str, object] = {}
    for token in tokens:
        name, equals, value = token.partition("=")
        if not equals or not value:
            raise UsageError(f"Write name=value, not '{_display(token)}'.")
        if name not in _FIELDS:
            raise UsageError(f"'{_display(name)}' is not a filter of the gateway; use one of {', '.join(NAMES)}.")
        values[_FIELDS[name]] = _value(name, value, now or datetime.now(UTC))
    return Filters(**values)  # type: ignore[arg-type]


def _value(name: str, value: str, now: datetime) -> object:
    if name == "jira":
        return tuple(filter(None, value.split(",")))
    if name == "review":
        if value.upper() not in STATES:
            raise UsageError(f"'{_display(value)}' is not a review status; use one of {', '.join(STATES)}.")
        return value.upper()
    if name not in ("since", "until"):
        return value
    moment = parse_date(value, now)
    if moment is None:
        raise UsageError(f"'{_display(value)}' is not a date; write 2026-11-01, 2026-11-01T14:00, today, 8h or 7d.")
    return moment


def _display(text: str) -> str:
    return truncate(sanitize(text), 40)
