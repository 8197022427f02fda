"""Session objects in the gateway's JSON format, and files with them."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .terminal import Event

ORG = "c97bcf7b-1754-4e9d-9172-50092bf125c1"
_SPACE = uuid.UUID("6f1f1d3c-55c1-4c3e-9b1b-0d2f6f2f7a10")


def stable_id(name: str) -> str:
    """Return a UUID that is the same for each recording of a name."""
    return str(uuid.uuid5(_SPACE, name))


def _stamp(when: datetime) -> str:
    text = when.isoformat(timespec="microseconds" if when.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def build(
    name: str,
    events: Sequence[Event],
    *,
    start: str,
    duration: float,
    script: str = "",
    **fields: Any,
) -> dict[str, Any]:
    """Return a session in the format of ``GET /sessions/{id}?expand=event_stream,session_input``.

    ``start`` is RFC 3339 in UTC, ``duration`` in seconds. ``fields`` replace single keys.
    """
    began = datetime.fromisoformat(start.replace("Z", "+00:00"))
    size = sum(len(data) for _, _, data in events)
    masking = {"err_count": 0, "info_types": {}, "total_redact_count": 0, "transformed_bytes": 0}
    session: dict[str, Any] = {
        "id": stable_id(name),
        "org_id": ORG,
        "script": {"data": script},
        "script_size": len(script.encode()),
        "labels": None,
        "integrations_metadata": None,
        "metadata": None,
        "metrics": {"data_masking": masking, "event_size": size, "truncated": False},
        "user": "ana@example.com",
        "user_id": "ana@example.com",
        "user_name": "Ana Auditada",
        "type": "custom",
        "connection_subtype": "ssh",
        "connection": "app-1",
        "resource_name": "app-1",
        "role_name": "app-1",
        "connection_tags": {"environment": "prod", "team": "platform"},
        "review": None,
        "verb": "connect",
        "status": "done",
        "exit_code": 0,
        "event_stream": [[t, kind, base64.b64encode(data).decode()] for t, kind, data in events],
        "event_size": size,
        "start_date": _stamp(began),
        "end_date": _stamp(began + timedelta(seconds=duration)),
        "ai_analysis": None,
        "guardrails_info": None,
        "identity_type": "user",
    }
    if unknown := fields.keys() - session.keys():
        raise KeyError(f"not a session field: {sorted(unknown)}")
    session.update(fields)
    return session


def postgres_fields(connection: str = "shop-db") -> dict[str, Any]:
    """Return the fields of a session through the PostgreSQL proxy."""
    return {
        "type": "database",
        "connection_subtype": "postgres",
        "connection": connection,
        "resource_name": connection,
        "role_name": connection,
        "connection_tags": {"environment": "prod", "team": "payments"},
    }


def write_session(path: Path, session: Mapping[str, Any]) -> None:
    """Write compact JSON, compressed and reproducible if the name ends in ``.gz``."""
    data = json.dumps(session, separators=(",", ":"), ensure_ascii=False).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data + b"\n")


def read_events(path: Path) -> list[Event]:
    """Return the event stream of a written session."""
    data = path.read_bytes()
    session = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return [(t, kind, base64.b64decode(text)) for t, kind, text in session["event_stream"]]


def write_truth(path: Path, value: object) -> None:
    """Write indented JSON: the expected values of a recording."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
