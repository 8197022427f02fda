"""Events of the library in the Elastic Common Schema (ECS); fields of our own are below `replay_tui`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from replay_tui.archive.library.events import COMMAND, DECISION, FINDING, ArchiveEvent

SCHEMA_VERSION = "8.11.0"
_SEVERITIES = {"info": 0, "low": 21, "medium": 47, "high": 73}
"""The scores of Elastic's own detection rules."""
_CHANGES = frozenset(("dml", "ddl", "admin"))


def ecs_event(event: ArchiveEvent) -> dict[str, Any]:
    """Return an event as a JSON object with ECS fields."""
    session = event.session
    made: dict[str, Any] = {
        "@timestamp": _timestamp(event.time),
        "ecs": {"version": SCHEMA_VERSION},
        "message": event.message or event.text,
        "event": {
            "id": event.uid,
            "module": "replay_tui",
            "dataset": f"replay_tui.{event.kind}",
            "kind": "alert" if event.kind == FINDING else "event",
            "action": event.rule or event.verb or event.statement_kind or event.kind,
        }
        | _category(event),
        "replay_tui": {
            "session": session.reference,
            "connection": session.connection,
            "connection_type": session.type,
            "open": event.reference,
            "text": event.text,
        },
    }
    if event.user:
        made |= {"user": {"name": event.user}, "related": {"user": sorted({event.user, session.user} - {""})}}
    if event.tables:
        made["replay_tui"]["tables"] = list(event.tables)
    if event.kind == COMMAND:
        made["process"] = {"name": event.verb or "unknown", "command_line": event.text}
    if event.kind == FINDING:
        made["rule"] = {"name": event.rule, "description": event.message}
        made["event"]["severity"] = _SEVERITIES.get(event.severity, 0)
    return made


def _category(event: ArchiveEvent) -> dict[str, list[str]]:
    if event.kind == FINDING:
        return {"category": ["intrusion_detection"], "type": ["info"]}
    if event.kind == DECISION:
        return {"category": ["iam"], "type": ["change"]}
    if event.kind == COMMAND:
        return {"category": ["process"], "type": ["start"]}
    return {"category": ["database"], "type": ["change" if event.statement_kind in _CHANGES else "access"]}


def _timestamp(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):  # the end of the year 9999
        return "9999-12-31T23:59:59.999Z"
