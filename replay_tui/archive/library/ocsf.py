"""Events of the library in the Open Cybersecurity Schema Framework (OCSF, https://schema.ocsf.io).

Statements are of the class Datastore Activity, commands of Process Activity, findings of Detection Finding, and
decisions of reviews of Entity Management.
"""

from __future__ import annotations

from typing import Any

from replay_tui import __version__
from replay_tui.archive.library.events import COMMAND, DECISION, FINDING, ArchiveEvent

SCHEMA_VERSION = "1.3.0"
_OTHER = 99
_SEVERITIES = {"info": 1, "low": 2, "medium": 3, "high": 4}
_ACTIVITIES = {"read": 4, "dml": 2, "ddl": 2}
"""Activities of a datastore by the kind of statement: query, update."""
_VERB_ACTIVITIES = {"INSERT": 5, "CREATE": 6, "DELETE": 7, "TRUNCATE": 7, "DROP": 7}


def ocsf_event(event: ArchiveEvent) -> dict[str, Any]:
    """Return an event as a JSON object of its OCSF class."""
    if event.kind == FINDING:
        return _base(event, 2, 2004, 1, _SEVERITIES.get(event.severity, 1)) | _finding(event)
    if event.kind == DECISION:
        made = _base(event, 3, 3004, 3) | _decision(event)
        made["metadata"]["profiles"] = ["host"]  # the profile that adds an actor to the class
        return made
    if event.kind == COMMAND:
        return _base(event, 1, 1007, 1) | _command(event)
    activity = _VERB_ACTIVITIES.get(event.verb.upper()) or _ACTIVITIES.get(event.statement_kind, _OTHER)
    made = _base(event, 6, 6005, activity) | _statement(event)
    return made | ({"activity_name": event.verb or event.statement_kind} if activity == _OTHER else {})


def _base(event: ArchiveEvent, category: int, class_uid: int, activity: int, severity: int = 1) -> dict[str, Any]:
    session = event.session
    return {
        "category_uid": category,
        "class_uid": class_uid,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": severity,
        "time": round(event.time * 1000),
        "message": event.message or event.text,
        "metadata": {
            "version": SCHEMA_VERSION,
            "product": {"name": "replay-tui", "vendor_name": "replay-tui", "version": __version__},
            "uid": event.uid,
            "correlation_uid": session.reference,
        },
        "unmapped": {"open": event.reference, "connection": session.connection, "connection_type": session.type},
    }


def _actor(event: ArchiveEvent) -> dict[str, Any]:
    return {"user": {"name": event.user or "unknown"}, "session": {"uid": event.session.reference}}


def _statement(event: ArchiveEvent) -> dict[str, Any]:
    made: dict[str, Any] = {
        "actor": _actor(event),
        "src_endpoint": {"svc_name": "hoop gateway"},
        "database": {"name": event.session.connection or "unknown", "type_id": 0},
        "query_info": {"uid": event.uid, "query_string": event.text},
    }
    return made | ({"table": {"name": event.tables[0]}} if event.tables else {})


def _command(event: ArchiveEvent) -> dict[str, Any]:
    return {
        "actor": _actor(event),
        "device": {"name": event.session.connection or "unknown", "type_id": 0},
        "process": {"uid": event.uid, "name": event.verb or "unknown", "cmd_line": event.text},
    }


def _finding(event: ArchiveEvent) -> dict[str, Any]:
    return {
        "finding_info": {
            "uid": event.uid,
            "title": event.message,
            "analytic": {"name": event.rule, "type_id": 1, "type": "Rule"},
        },
        "evidences": [{"actor": _actor(event), "data": {"text": event.text}}],
    }


def _decision(event: ArchiveEvent) -> dict[str, Any]:
    return {
        "actor": {"user": {"name": event.user or "unknown"}},
        "entity": {"uid": event.session.reference, "type": "review", "name": event.session.connection or "unknown"},
        "comment": event.text,
    }
