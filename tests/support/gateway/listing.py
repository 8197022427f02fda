"""`GET /sessions`: filters, paging and the three modes of counting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session, Store

MAX_OFFSET, COUNT_CAP = 10_000, 10_000
FILTERS = (
    "user",
    "connection",
    "type",
    "review.status",
    "review.approver",
    "batch_id",
    "correlation_id",
    "jira_issue_key",
    "start_date",
    "end_date",
)


def listed(store: Store, person: Person, params: dict[str, str]) -> dict[str, Any]:
    """Return the response to a list request."""
    offset = _number(params, "offset", 0)
    if offset > MAX_OFFSET:
        raise Refusal(
            422,
            f'failed listing sessions, invalid "offset" option: must not be greater than {MAX_OFFSET}, got {offset}; '
            "narrow the result set with a filter instead of paginating deeper",
        )
    limit = min(max(_number(params, "limit", 20), 1), 100)
    chosen = {name for name in FILTERS if params.get(name)}
    found = [row for row in store.newest_first() if person.sees(row) and (not chosen or _matches(row, params))]
    count = params.get("count", "capped")
    capped = count == "capped" and len(found) > COUNT_CAP
    return {
        "data": [_row(session) for session in found[offset : offset + limit]],
        "total": None if count == "none" else COUNT_CAP if capped else len(found),
        "total_is_capped": capped,
        "has_next_page": len(found) > offset + limit,
    }


def _row(session: Session) -> Session:
    return {**{key: value for key, value in session.items() if key != "event_stream"}, "script": None}


def _matches(session: Session, params: dict[str, str]) -> bool:
    review = session.get("review") or {}
    approvers = [
        (group.get("reviewed_by") or {}).get("email")
        for group in review.get("review_groups_data") or []
        if group.get("status") == "APPROVED"
    ]
    tests: dict[str, Callable[[str], bool]] = {
        "user": lambda value: session.get("user_id") == value,
        "connection": lambda value: session.get("connection") == value,
        "type": lambda value: session.get("type") == value,
        "review.status": lambda value: review.get("status") == value,
        "review.approver": lambda value: value in approvers,
        "batch_id": lambda value: session.get("session_batch_id") == value,
        "correlation_id": lambda value: session.get("correlation_id") == value,
        "jira_issue_key": lambda value: (
            (session.get("integrations_metadata") or {}).get("jira_issue_key") in value.split(",")
        ),
        "start_date": lambda value: _moment(session["start_date"]) >= _moment(value),
        "end_date": lambda value: _moment(session["start_date"]) <= _moment(value),
    }
    return all(test(params[name]) for name, test in tests.items() if params.get(name))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(422, "failed listing sessions, start_date in wrong format") from None


def _number(params: dict[str, str], name: str, default: int) -> int:
    try:
        return int(params.get(name) or default)
    except ValueError:
        raise Refusal(422, f'failed listing sessions, invalid "{name}" option') from None
