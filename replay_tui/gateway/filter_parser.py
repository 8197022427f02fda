"""The gateway's filters as people type them: `connection=pgdemo review=PENDING since=7d`."""

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
    """The filters that `text` names; a value with spaces stands in quotes. Raises `UsageError` for what is none."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("A quote is not closed.") from None
    values: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise UsageError(f"Write name=value, not '{_display(word)}'.")
        if name not in _FIELDS:
            raise UsageError(f"'{_display(name)}' is no filter of the gateway; there are {', '.join(NAMES)}.")
        values[_FIELDS[name]] = _value(name, value, now or datetime.now(UTC))
    return Filters(**values)  # type: ignore[arg-type]


def _value(name: str, value: str, now: datetime) -> object:
    if name == "jira":
        return tuple(filter(None, value.split(",")))
    if name == "review":
        if value.upper() not in STATES:
            raise UsageError(f"'{_display(value)}' is no state of a review; there are {', '.join(STATES)}.")
        return value.upper()
    if name not in ("since", "until"):
        return value
    moment = parse_date(value, now)
    if moment is None:
        raise UsageError(f"'{_display(value)}' is no date; write 2026-11-01, 2026-11-01T14:00, today, 8h or 7d.")
    return moment


def _display(text: str) -> str:
    return truncate(sanitize(text), 40)
