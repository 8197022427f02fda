"""Reports about sessions: masked data by kind, bitmaps of RDP recordings, and the detections in them."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session, Store

MAX_DAYS = 120
_GROUPS = {"id": "id", "connection": "", "connection_type": "type", "user_email": "user", "": "connection"}
_FILTERS = {"id": "id", "user_email": "user", "verb": "verb", "connection_name": "connection"}
NOT_RDP = "session is not an RDP recording"


def masking_report(store: Store, params: dict[str, str], now: datetime) -> dict[str, Any]:
    """Return what was masked in the sessions that ended on the given days, the last one excluded. Raises `Refusal`."""
    group = params.get("group_by", "")
    if group not in _GROUPS:
        # The gateway refuses the name of its own default.
        raise Refusal(400, "invalid group_by value, expected=[connection_name id connection_type user_email]")
    start = _day(params.get("start_date", ""), now.astimezone(UTC).date())
    end = _day(params.get("end_date", ""), now.astimezone(UTC).date() + timedelta(days=1))
    if (end - start).days > MAX_DAYS and "end_date" in params:
        raise Refusal(400, f"invalid date range, expected to be between {MAX_DAYS} days range")
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for session in store.newest_first():
        if any(params.get(name) and session.get(key) != params[name] for name, key in _FILTERS.items()):
            continue
        ended = session.get("end_date")
        if not ended or not start <= datetime.fromisoformat(ended).astimezone(UTC).date() < end:
            continue
        masking = (session.get("metrics") or {}).get("data_masking") or {}
        for kind, count in (masking.get("info_types") or {}).items():
            found = counts[str(session.get(_GROUPS[group]) or ""), kind]
            found[0] += count
            found[1] += masking.get("transformed_bytes") or 0
    items = [
        {"resource": resource, "info_type": kind, "redact_total": count, "transformed_bytes": size}
        for (resource, kind), (count, size) in counts.items()
    ]
    return {
        "items": items,
        "total_redact_count": sum(item["redact_total"] for item in items),
        "total_transformed_bytes": sum(item["transformed_bytes"] for item in items),
    }


def _day(text: str, default: date) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else default
    except ValueError:
        raise Refusal(400, "invalid date format, expected format YYYY-MM-DD") from None


def _check_rdp(session: Session, person: Person) -> None:
    if not person.reads_stream(session):
        raise Refusal(403, "user is not allowed to access this session")
    if session.get("connection_subtype") != "rdp":
        raise Refusal(400, NOT_RDP)


def rdp_frames(session: Session, person: Person, params: dict[str, str]) -> dict[str, Any]:
    """Return a page of the bitmaps. Raises `Refusal`."""
    _check_rdp(session, person)
    offset, limit = _number(params.get("offset", "")), _number(params.get("limit", ""))
    limit = limit if 1 <= limit <= 200 else 50
    events = [event for event in session.get("event_stream") or [] if event[1] == "b"]
    frames = [
        {"index": index, "timestamp": time, "bitmap": json.loads(base64.b64decode(data))}
        for index, (time, _, data) in enumerate(events)
    ]
    return {
        "frames": frames[offset : offset + limit],
        "total_frames": len(frames),
        "total_duration": events[-1][0] if events else 0,
        "offset": offset,
        "limit": limit,
        "has_more": offset + limit < len(frames),
    }


def rdp_detections(session: Session, person: Person) -> dict[str, Any]:
    """Return the detections, which a test puts into the session as `rdp_detections`, with `rdp_analysis`."""
    _check_rdp(session, person)
    found = session.get("rdp_detections") or []
    analysis = {"status": "", "attempt": 0, "max_attempts": 3, **(session.get("rdp_analysis") or {})}
    return {"detections": found, "total": len(found), "analysis_status": analysis["status"], "analysis": analysis}


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
