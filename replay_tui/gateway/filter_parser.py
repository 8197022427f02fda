"""Parser for the session list's filter text: `connection=pgdemo review=PENDING since=7d`."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from replay_tui.domain.date_parsing import parse_date
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize, truncate
from replay_tui.gateway.session_list import Filters

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
