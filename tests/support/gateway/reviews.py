"""`PUT /sessions/{id}/review` and `POST /sessions/{id}/exec`: the gateway's own rules, as recorded."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.connections import Connection
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session

FAILED = "failed updating review status: "
GO_MAP = "of type map[string]interface {}"
_VALUES = ("REJECTED", "APPROVED", "REVOKED")


def decide(
    session: Session, connection: Connection | None, person: Person, request: Any, now: datetime
) -> dict[str, Any]:
    """Apply a decision to the session's review and return the review. Raises `Refusal`."""
    status, window, force = read_request(request)
    review = session.get("review")
    if not review:
        raise Refusal(500, FAILED + "review not found")
    if connection is None:
        raise Refusal(500, FAILED + "failed fetching connection for review, err=<nil>")
    rows = review["review_groups_data"]
    needed = _needed(review, connection)
    _check_transition(session, review, person, status)
    mine = _deciding_rows(session, review, connection, person, status, force=force)
    if window and review.get("time_window"):
        raise Refusal(500, FAILED + "time window can only be set once")
    for row in rows:
        row["forced_review"] = False
    for row in mine:
        if row not in rows:
            rows.append(row)
        _sign(row, person, status, now, forced=force)
    if window and status == "APPROVED":
        review["time_window"] = window
    if status != "APPROVED" or force or sum(row["status"] == "APPROVED" for row in rows) == needed:
        review["status"] = status
    if status == "APPROVED" and review["status"] == "APPROVED":
        review["revoke_at"] = _text(now + timedelta(seconds=(review.get("access_duration") or 0) / 1e9))
    if status != "APPROVED" and request.get("rejection_reason"):
        review["rejection_reason"] = request["rejection_reason"]
    if review["status"] != "PENDING":
        session["status"] = "ready" if review["status"] == "APPROVED" else "done"
    return {**review, "session": session["id"]}


def read_request(request: Any) -> tuple[str, dict[str, Any] | None, bool]:
    """Return status, time window and force flag of a decision. Raises `Refusal` 400 if it is malformed."""
    if not isinstance(request, dict):
        raise Refusal(400, "EOF" if request is None else go_error(request))
    status, force = request.get("status"), request.get("force_review", False)
    if status is not None and not isinstance(status, str):
        raise Refusal(400, go_error(status, "ReviewRequest.status of type openapi.ReviewRequestStatusType"))
    if not isinstance(force, bool):
        raise Refusal(400, go_error(force, "ReviewRequest.force_review of type bool"))
    window = request.get("time_window")
    if window is not None:
        _check_types(window)
    if not status:
        raise Refusal(400, _required("ReviewRequest.Status"))
    if window is not None:
        _check_window(window)
    return status.upper(), window, force


def _check_types(window: Any) -> None:
    times = window.get("configuration") if isinstance(window, dict) else None
    wrong = [value for value in (times or {}).values() if not isinstance(value, str)]
    if wrong:
        raise Refusal(400, go_error(wrong[0], "ReviewSessionTimeWindow.time_window.configuration of type string"))


def _check_window(window: dict[str, Any]) -> None:
    missing = [name for name in ("type", "configuration") if window.get(name) in (None, "")]
    if missing:
        raise Refusal(400, "\n".join(_required(f"ReviewRequest.TimeWindow.{name.title()}") for name in missing))
    times = window["configuration"]
    if not (times.get("start_time") and times.get("end_time")):
        raise Refusal(400, "both from and to time must be provided")
    for name in ("start_time", "end_time"):
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", times[name]):
            raise Refusal(400, f"invalid {name} format, expected HH:MM in 24-hour format")


def _required(path: str) -> str:
    return f"Key: '{path}' Error:Field validation for '{path.rpartition('.')[2]}' failed on the 'required' tag"


def go_error(value: Any, target: str = "") -> str:
    """Return the message of Go's JSON decoder for a value of the wrong type."""
    kind = "array" if isinstance(value, list) else "number" if isinstance(value, int) else "string"
    if not target:
        return f"json: cannot unmarshal {kind} into Go value of type openapi.ReviewRequest"
    return f"json: cannot unmarshal {kind} into Go struct field {target}"


def _needed(review: dict[str, Any], connection: Connection) -> int:
    groups = len(review["review_groups_data"])
    has_rule = review.get("access_request_rule_name")
    least = review.get("min_approvals") if has_rule else connection.min_review_approvals
    return groups if least is None else min(least, groups)


def _check_transition(session: Session, review: dict[str, Any], person: Person, status: str) -> None:
    if status not in _VALUES:
        raise Refusal(500, FAILED + "unknown status")
    if review["status"] not in ("PENDING", "APPROVED"):
        raise Refusal(400, "review is in wrong state")
    if status == "REVOKED" and review["status"] != "APPROVED":
        raise Refusal(400, "review is in wrong state")
    if status == "REVOKED" and review["type"] != "jit":
        raise Refusal(500, FAILED + "review not found")
    if status == "APPROVED" and person.owns(session) and not person.is_admin:
        raise Refusal(400, "unable to self approve review")


def _deciding_rows(
    session: Session, review: dict[str, Any], connection: Connection, person: Person, status: str, *, force: bool
) -> list[dict[str, Any]]:
    """Return the rows that this decision changes; a row that is not in the review yet is added."""
    rows = review["review_groups_data"]
    if force:
        has_rule = review.get("access_request_rule_name")
        allowed = (has_rule and review.get("force_approval_groups")) or connection.force_approve_groups
        mine = [group for group in person.groups if group in allowed]
        if mine:
            return [row for row in rows if row["group"] == mine[0]] or [_new_row(mine[0])]
        if status == "APPROVED" or not person.owns(session):
            raise Refusal(400, "not eligible for review")
        return [_new_row(person.groups[0])]
    own = [row for row in rows if row["group"] in person.groups]
    if own:
        return own
    if not (person.is_admin or (person.owns(session) and status != "APPROVED")):
        raise Refusal(400, "not eligible for review")
    return [] if status == "APPROVED" else [_new_row("admin" if person.is_admin else person.groups[0])]


def _new_row(group: str) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "group": group}


def _sign(row: dict[str, Any], person: Person, status: str, now: datetime, *, forced: bool) -> None:
    row.update(status=status, forced_review=forced, review_date=_text(now), reviewed_by=person.as_reviewer())


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def check_run(session: Session, connection: Connection | None, person: Person, now: datetime) -> None:
    """Raise `Refusal` if this person may not run the session now. Without the review plugin nothing is checked."""
    review = session.get("review")
    if not review:
        raise Refusal(500, "failed retrieving review")
    if review["status"] == "PROCESSING":
        raise Refusal(409, f"the session {session['id']} is already being processed")
    if connection is None or not connection.has_review_plugin:
        return
    if review["type"] != "onetime":
        raise Refusal(404, "session not found")
    if not (person.owns(session) or person.is_admin):
        raise Refusal(403, "unable to execute session")
    if review["status"] != "APPROVED":
        raise Refusal(403, "review not approved or already executed")
    if review.get("time_window"):
        _check_time(review["time_window"], now)


def _check_time(window: dict[str, Any], now: datetime) -> None:
    if window["type"] != "time_range":
        raise Refusal(403, f"unknown execution window type {window['type']}")
    times = window["configuration"]
    start, end = (datetime.strptime(times[name], "%H:%M") for name in ("start_time", "end_time"))
    if end < start:  # the gateway adds a day to the end, but not to the current time
        end += timedelta(days=1)
    current = start.replace(hour=now.hour, minute=now.minute, second=now.second)
    if not start <= current <= end:
        raise Refusal(
            403, f"execution not allowed outside the time window {times['start_time']} to {times['end_time']} UTC"
        )
