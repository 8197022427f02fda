"""Session list of the gateway: filters, pages, and paging, beyond the gateway's deepest offset by dates.

Filters are also parsed from text: `connection=pgdemo review=PENDING since=7d`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import fields, replace

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.session import Session
from replay_tui.domain.times import parse_date
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import InvalidResponse
from replay_tui.gateway.name_pattern import like_pattern, name_matcher

PAGE_SIZE = 100
MAX_OFFSET = 10_000
"""Deepest offset; the gateway responds with 422 beyond it. A capped total reads "10000+"."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of an interval without one: the gateway ignores an end date alone."""


class Filters(Struct, frozen=True):
    """Filters of the gateway; None does not filter. `user` is a subject id; dates without a zone are UTC.

    `user`, `connection` and `type` are patterns (`name_pattern`). `review_approver` is the e-mail address of a user one
    of whose groups the review names, whoever decided.
    """

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
            "user": like_pattern(self.user or ""),
            "connection": like_pattern(self.connection or ""),
            "type": like_pattern(self.type or ""),
            "review.status": self.review_status,
            "review.approver": self.review_approver,
            "batch_id": self.batch_id,
            "correlation_id": self.correlation_id,
            "jira_issue_key": ",".join(self.jira_issue_keys),
            "start_date": _timestamp(self.start_date or (EARLIEST if self.end_date else None)),
            "end_date": _timestamp(self.end_date, round_up=True),
        }
        return {name: value for name, value in values.items() if value}


class Page(Struct, frozen=True):
    """Page of sessions (without script and stream) from `offset` on. `total` is None if the gateway did not count."""

    sessions: tuple[Session, ...]
    offset: int = 0
    total: int | None = None
    total_is_capped: bool = False
    has_next: bool = False
    at_limit: bool = False
    """True if more sessions exist that only a narrower filter can reach: too many started in the same second."""

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
            tuple(Session.parse_row(row) for row in rows or [] if isinstance(row, dict)),
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

    Each session is returned once, even if new sessions shift it to a later page. After `max_offset` sessions the list
    continues with those that started no later than the last one. The gateway filters users by subject id, users enter
    e-mail addresses: if an address matches nothing, the whole list is filtered here.
    """

    def __init__(
        self,
        lister: SessionLister,
        filters: Filters | None = None,
        *,
        page_size: int = PAGE_SIZE,
        max_offset: int = MAX_OFFSET,
        cancel: CancelToken | None = None,
    ) -> None:
        self.done = False
        self._lister, self._filters = lister, filters or Filters()
        self._size, self._max_offset, self._cancel = page_size, max_offset, cancel
        self._offset = 0
        self._last_start: datetime | None = None
        self._is_continued = False
        self._seen: set[str] = set()
        self._user_matches: Callable[[str], bool] | None = None

    def next(self) -> Page:
        """Return the next page, an empty one after the last. Raises `GatewayError`, `Cancelled`."""
        if self.done:
            return Page((), self._offset)
        page = self._fetch()
        user = self._filters.user or ""
        if not page.sessions and self._offset == 0 and "@" in user:
            self._filters, self._user_matches = replace(self._filters, user=None), name_matcher(user)
            page = self._fetch()
        total = None if self._user_matches or self._is_continued else page.total
        at_limit = self._advance(page)
        fresh = tuple(row for row in page.sessions if row.fields.id is None or self._is_new(row.fields.id))
        if self._user_matches:
            fresh = tuple(row for row in fresh if self._user_matches(row.fields.user or ""))
        return replace(page, sessions=fresh, total=total, at_limit=at_limit)

    def _advance(self, page: Page) -> bool:
        """Move to the next request. Return True if the gateway cannot list the remaining sessions."""
        starts = [start for row in page.sessions if isinstance(start := row.fields.start_date, datetime)]
        self._last_start = starts[-1] if starts else self._last_start
        self._offset += len(page.sessions)
        self.done = not page.has_next or not page.sessions
        at_limit = not self.done and self._offset > self._max_offset and not self._continue_by_date()
        self.done = self.done or at_limit
        return at_limit

    def _continue_by_date(self) -> bool:
        """Restart before the last session. Return False if that would request the same sessions again."""
        # The gateway cuts fractions of the end date, so the last second is requested again as a whole.
        end = self._last_start and _whole_second(self._last_start, round_up=True)
        before = self._filters.end_date
        if end is None or (before is not None and end >= _whole_second(before, round_up=True)):
            return False
        self._filters, self._offset, self._is_continued = replace(self._filters, end_date=end), 0, True
        return True

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


def _timestamp(value: datetime | None, *, round_up: bool = False) -> str | None:
    """Return a date in UTC and whole seconds: the gateway ignores offsets and cuts fractions."""
    if value is None:
        return None
    return f"{_whole_second(value, round_up=round_up).replace(tzinfo=None).isoformat()}Z"


def _whole_second(value: datetime, *, round_up: bool = False) -> datetime:
    """Return a date in UTC and whole seconds; at the ends of the calendar approximately."""
    try:
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.replace(microsecond=0) + timedelta(seconds=1 if round_up and moment.microsecond else 0)
    except OverflowError:
        return value.replace(microsecond=0, tzinfo=UTC)


_FIELDS = {
    "user": "user", "connection": "connection", "type": "type", "review": "review_status",
    "can-review": "review_approver", "approver": "review_approver", "batch": "batch_id",
    "correlation": "correlation_id", "jira": "jira_issue_keys",
    "since": "start_date", "until": "end_date",
}  # fmt: skip
NAMES = tuple(_FIELDS)
STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN")


_saved: dict[str, str] = {}


def set_saved_filters(saved: Mapping[str, str]) -> None:
    """Set the filters of the user's settings, by the names that `@name` stands for."""
    _saved.clear()
    _saved.update(saved)


def parse_filters(text: str, now: datetime | None = None) -> Filters:
    """Parse `name=value` filters; values with spaces are quoted, `@name` stands for a saved filter, later ones win.

    Raises `UsageError` if a name or value is invalid.
    """
    values: dict[str, object] = {}
    for token in chain.from_iterable(map(_expanded, _tokens(text))):
        name, equals, value = token.partition("=")
        if not equals or not value:
            raise UsageError(f"Write name=value, not '{_display(token)}'.")
        if name not in _FIELDS:
            raise UsageError(f"'{_display(name)}' is not a filter of the gateway; use one of {', '.join(NAMES)}.")
        values[_FIELDS[name]] = _value(name, value, now or datetime.now(UTC))
    return Filters(**values)  # type: ignore[arg-type]


def merge_filters(base: Filters, given: Filters) -> Filters:
    """Return `base` with the filters of `given` that are set."""
    changed = {one.name: value for one in fields(Filters) if (value := getattr(given, one.name)) not in (None, ())}
    return replace(base, **changed)


def _tokens(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError("A quote is not closed.") from None


def _expanded(token: str) -> list[str]:
    """Return the filters of a saved one, which cannot name others; otherwise the token itself."""
    if not token.startswith("@"):
        return [token]
    if token[1:] not in _saved:
        known = f"the settings have {', '.join(map(_display, _saved))}" if _saved else "the settings have none"
        raise UsageError(f"'{_display(token)}' is not a saved filter; {known}.")
    return _tokens(_saved[token[1:]])


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
