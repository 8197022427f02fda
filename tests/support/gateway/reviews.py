"""`PUT /sessions/{id}/review` and `POST /sessions/{id}/exec`: the gateway's own rules."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session


def decide(session: Session, person: Person, request: dict[str, Any]) -> dict[str, Any]:
    """Apply a decision to the session's review and return the review. Raises `Refusal`."""
    review = session.get("review")
    if not review:
        raise Refusal(404, "review not found")
    if not person.sees(session):
        raise Refusal(403, "access denied")
    status = str(request.get("status")).upper()
    window = _window(request.get("time_window"))
    _check_transition(session, review, person, status)
    if window and review.get("time_window"):
        raise Refusal(500, "failed updating review status: time window can only be set once")
    if request.get("force_review"):
        _force(review, person, status)
    else:
        _count(session, review, person, status)
    if window and status == "APPROVED":
        review["time_window"] = window
    if review["status"] == "APPROVED":
        seconds = (review.get("access_duration") or 0) / 1e9
        review["revoke_at"] = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    if status in ("REJECTED", "REVOKED") and request.get("rejection_reason"):
        review["rejection_reason"] = request["rejection_reason"]
    return {**review, "session": session["id"]}


def _check_transition(session: Session, review: dict[str, Any], person: Person, status: str) -> None:
    if status not in ("APPROVED", "REJECTED", "REVOKED"):
        raise Refusal(500, "failed updating review status: unknown status")
    if review["status"] not in ("PENDING", "APPROVED"):
        raise Refusal(400, "review is in wrong state")
    if status == "APPROVED" and person.owns(session) and not person.is_admin:
        raise Refusal(400, "unable to self approve review")
    if status == "REVOKED" and review["status"] != "APPROVED":
        raise Refusal(400, "review is in wrong state")
    if status == "REVOKED" and review["type"] != "jit":
        raise Refusal(404, "review not found")


def _force(review: dict[str, Any], person: Person, status: str) -> None:
    may = [group for group in person.groups if group in (review.get("force_approval_groups") or [])]
    if not may:
        raise Refusal(400, "not eligible for review")
    rows = [row for row in review["review_groups_data"] if row["group"] == may[0]]
    if not rows:
        rows = [_new_row(may[0])]
        review["review_groups_data"].append(rows[0])
    _sign(rows[0], person, status, forced=True)
    review["status"] = status


def _count(session: Session, review: dict[str, Any], person: Person, status: str) -> None:
    rows = review["review_groups_data"]
    needed = min(len(rows), review.get("min_approvals") or len(rows))
    mine = [row for row in rows if row["group"] in person.groups]
    if not mine and not (person.owns(session) or person.is_admin):
        raise Refusal(400, "not eligible for review")
    for row in mine:
        _sign(row, person, status)
    if not mine and status != "APPROVED":
        rows.append(_new_row("admin" if person.is_admin else person.groups[0]))
        _sign(rows[-1], person, status)
    if status != "APPROVED":
        review["status"] = status
    elif sum(row["status"] == "APPROVED" for row in rows) >= needed:
        review["status"] = "APPROVED"


def _new_row(group: str) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "group": group}


def _sign(row: dict[str, Any], person: Person, status: str, *, forced: bool = False) -> None:
    row.update(
        status=status,
        forced_review=forced,
        review_date=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        reviewed_by={"id": person.id, "name": person.name, "email": person.id, "slack_id": ""},
    )


def _window(value: Any) -> dict[str, Any] | None:
    if not value:
        return None
    times = value.get("configuration") or {}
    for name in ("start_time", "end_time"):
        if not times.get(name):
            raise Refusal(400, "both from and to time must be provided")
        try:
            datetime.strptime(times[name], "%H:%M")
        except ValueError:
            raise Refusal(400, f"invalid {name} format, expected HH:MM in 24-hour format") from None
    return dict(value)


def check_run(session: Session, person: Person, now: datetime) -> None:
    """Raise `Refusal` if this person may not run the session now."""
    review = session.get("review")
    if not review:
        raise Refusal(404, "reviewed session not found")
    if review["type"] != "onetime":
        raise Refusal(404, "session not found")
    if not (person.owns(session) or person.reads_all):
        raise Refusal(403, "unable to execute session")
    if review["status"] == "PROCESSING":
        raise Refusal(409, f"the session {session['id']} is already being processed")
    if review["status"] != "APPROVED":
        raise Refusal(403, "review not approved or already executed")
    times = (review.get("time_window") or {}).get("configuration")
    if times:
        start, end, current = times["start_time"], times["end_time"], now.strftime("%H:%M")
        inside = start <= current <= end if start <= end else current >= start or current <= end
        if not inside:
            raise Refusal(403, f"execution not allowed outside the time window {start} to {end} UTC")
