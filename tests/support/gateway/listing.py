"""`GET /sessions`: filters, paging and the three modes of counting. A row has less than the session itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session, Store

MAX_OFFSET, COUNT_CAP = 10_000, 10_000
REVIEW_STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN")
NULL_IN_ROWS = ("time_window", "access_request_rule_name", "min_approvals", "force_approval_groups")
COUNTS = ("exact", "none", "capped")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def listed(
    store: Store, person: Person, people: Sequence[Person], params: dict[str, str], now: datetime
) -> dict[str, Any]:
    """Return the response to a list request. Raises `Refusal`."""
    offset, limit, count = _offset(params), _limit(params), params.get("count", "capped")
    if count not in COUNTS:
        raise _invalid("count", f'invalid count value "{count}", expected one of [{" ".join(COUNTS)}]')
    tests = _tests(params, people, now)
    found = [
        row
        for row in store.newest_first()
        if (person.sees(row) or not row.get("user_id")) and all(test(row) for test in tests)
    ]
    capped = count == "capped" and len(found) > COUNT_CAP
    return {
        "data": [_row(session) for session in found[offset : offset + limit]],
        "total": None if count == "none" else COUNT_CAP if capped else len(found),
        "total_is_capped": capped,
        "has_next_page": len(found) > offset + limit,
    }


def _row(session: Session) -> Session:
    row = {key: value for key, value in session.items() if key != "event_stream"}
    row |= {"script": None, "ai_analysis": None}
    if row.get("review"):
        row["review"] = {**row["review"], **dict.fromkeys(NULL_IN_ROWS)}
    return row


def _tests(params: dict[str, str], people: Sequence[Person], now: datetime) -> list[Callable[[Session], bool]]:
    made = {
        "user": lambda value: _like(value, "user_id"),
        "connection": lambda value: _like(value, "connection"),
        "type": lambda value: _like(value, "type"),
        "review.status": _status,
        "review.approver": lambda value: _approver(value, people),
        "batch_id": lambda value: lambda row: row.get("session_batch_id") == value,
        "correlation_id": lambda value: lambda row: not value or row.get("correlation_id") == value,
        "jira_issue_key": _jira_issue,
    }
    tests = [make(params[name]) for name, make in made.items() if name in params]
    moments = {name: _timestamp(params[name], name) for name in ("start_date", "end_date") if name in params}
    if "start_date" in moments:  # the gateway ignores `end_date` alone
        start, end = moments["start_date"], moments.get("end_date", now)
        tests.append(lambda row: start <= _began(row) <= end)
    return tests


def _like(pattern: str, field: str) -> Callable[[Session], bool]:
    matches = like(pattern)
    return lambda row: matches(row.get(field) or "")


def like(pattern: str) -> Callable[[str], bool]:
    """Return SQL's `LIKE`: `%` and `_` are wildcards, a backslash escapes the next character."""
    parts = re.findall(r"\\.|%|_|[^\\%_]+|\\$", pattern, re.DOTALL)
    made = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\")) for part in parts)
    compiled = re.compile(made, re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


def _status(value: str) -> Callable[[Session], bool]:
    matches = value.__eq__ if value in REVIEW_STATES else like(value)
    return lambda row: bool(matches((row.get("review") or {}).get("status") or ""))


def _approver(email: str, people: Sequence[Person]) -> Callable[[Session], bool]:
    groups = {group for person in people if person.id == email for group in person.groups}
    return lambda row: bool(groups & _review_groups(row))


def _review_groups(row: Session) -> set[str]:
    return {group["group"] for group in (row.get("review") or {}).get("review_groups_data") or []}


def _jira_issue(value: str) -> Callable[[Session], bool]:
    wanted = {key.strip().lower() for key in value.split(",")} - {""}
    return lambda row: str((row.get("integrations_metadata") or {}).get("jira_issue_key") or "").lower() in wanted


def _timestamp(text: str, name: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise _invalid(name, "start_date or end_date in wrong format")
    # The gateway drops the offset and the fraction.
    return datetime.fromisoformat(text).replace(tzinfo=UTC, microsecond=0)


def _began(row: Session) -> datetime:
    began = datetime.fromisoformat(row["start_date"])
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def _limit(params: dict[str, str]) -> int:
    limit = _number(params, "limit", 20)
    if limit < 1:
        raise _invalid("limit", f"must be at least 1, got {limit}")
    return min(limit, 100)


def _offset(params: dict[str, str]) -> int:
    offset = _number(params, "offset", 0)
    if offset < 0:
        raise _invalid("offset", f"must not be negative, got {offset}")
    if offset > MAX_OFFSET:
        raise _invalid(
            "offset",
            f"must not be greater than {MAX_OFFSET}, got {offset}; "
            "narrow the result set with a filter instead of paginating deeper",
        )
    return offset


def _number(params: dict[str, str], name: str, default: int) -> int:
    text = params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[+-]?\d+", text):
        raise _invalid(name, f'"{text}" is not a number')
    return int(text)


def _invalid(name: str, why: str) -> Refusal:
    return Refusal(422, f'failed listing sessions, invalid "{name}" option: {why}')
