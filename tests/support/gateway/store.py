"""Sessions of the loopback gateway: recorded ones from `fixtures/sessions`, and generated ones."""

from __future__ import annotations

import base64
import copy
import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.gateway.connections import Connection

FIXTURES = Path(__file__).parents[3] / "fixtures" / "sessions"
Session = dict[str, Any]


class Store:
    """Sessions by id. `names` finds the id of a fixture (`pg-psql`)."""

    def __init__(self, folder: Path | None = FIXTURES) -> None:
        self.lock = threading.RLock()
        self.sessions: dict[str, Session] = {}
        self.names: dict[str, str] = {}
        self.raw_queries: dict[str, list[Any]] = {}
        self.connections: dict[str, Connection] = {}
        """All connections; while it is empty, every name is a connection with default settings."""
        for stem, fields, stream in _recorded(folder) if folder else ():
            session = json.loads(fields)
            if stream is not None:
                session["event_stream"] = [*stream]
            name, _, form = stem.partition(".")
            if form == "raw-queries":
                self.raw_queries[session["id"]] = session.get("event_stream")
            elif not form:
                self.add(session)
                self.names[name] = session["id"]

    def connection(self, name: str) -> Connection | None:
        """Return a connection, None if there is none of this name."""
        return self.connections.get(name) if self.connections else Connection(name)

    def add(self, session: Session) -> str:
        """Add a session and return its id."""
        with self.lock:
            self.sessions[session["id"]] = session
        return str(session["id"])

    def get(self, session_id: str) -> Session | None:
        return self.sessions.get(session_id)

    def by_review(self, review_id: str) -> Session | None:
        """Return the session of a review."""
        return next((row for row in self.sessions.values() if (row.get("review") or {}).get("id") == review_id), None)

    def newest_first(self) -> list[Session]:
        with self.lock:
            return sorted(self.sessions.values(), key=lambda row: (str(row.get("start_date")), row["id"]), reverse=True)

    def copy_of(self, name: str, **changes: Any) -> str:
        """Add a copy of a fixture with changed fields and return its new id."""
        session = copy.deepcopy(self.sessions[self.names[name]])
        return self.add({**session, "id": str(uuid.uuid4()), **changes})

    def add_long(self, events: int = 4000) -> str:
        """Add a terminal session of many events, `line 0` to `line N`, ten a second, and return its id."""
        stream = [
            [number / 10, "o", base64.b64encode(f"line {number} of a long recording\r\n".encode()).decode()]
            for number in range(events)
        ]
        size = sum(len(base64.b64decode(data)) for _, _, data in stream)
        metrics = {"data_masking": None, "event_size": size, "truncated": False}
        session_id = self.copy_of("shell-vim", event_stream=stream, metrics=metrics, event_size=size)
        self.names["long"] = session_id
        return session_id

    def generate(self, count: int) -> None:
        """Add `count` small sessions of many users, connections, risks and review states."""
        start = datetime(2026, 10, 1, tzinfo=UTC)
        for number in range(count):
            began = start + timedelta(minutes=number)
            self.add(_made_up(number, began))


@cache
def _recorded(folder: Path) -> tuple[tuple[str, str, list[Any] | None], ...]:
    """Return the sessions of a folder: file names, JSON without the stream, and streams, parsed once per process.

    A stream is most of a session. Stores share its rows, which the tests do not modify; each has a list of its own.
    """
    sessions = [(path.stem, json.loads(path.read_bytes())) for path in sorted(folder.glob("*.json"))]
    return tuple(
        (stem, json.dumps({**one, "event_stream": None} if "event_stream" in one else one), one.get("event_stream"))
        for stem, one in sessions
    )


def _made_up(number: int, began: datetime) -> Session:
    user = f"user{number % 7}@example.com"
    risk = (None, "low", "medium", "high")[number % 4]
    return {
        "id": str(uuid.UUID(int=0x4000_8000_0000_0000_0000 + number)),
        "org_id": str(uuid.UUID(int=1)),
        "script": {"data": f"SELECT {number};"},
        "script_size": 10,
        "labels": None,
        "integrations_metadata": None,
        "metadata": None,
        "metrics": {"data_masking": None, "event_size": number, "truncated": False},
        "user": user,
        "user_id": user,
        "user_name": f"User {number % 7}",
        "type": "database" if number % 2 else "command-line",
        "connection_subtype": "postgres" if number % 2 else "",
        "connection": f"connection-{number % 11}",
        "resource_name": f"connection-{number % 11}",
        "role_name": f"connection-{number % 11}",
        "connection_tags": None,
        "review": None,
        "verb": "exec",
        "status": "done",
        "exit_code": number % 3,
        "event_size": number,
        "start_date": began.isoformat().replace("+00:00", "Z"),
        "end_date": (began + timedelta(seconds=number % 90)).isoformat().replace("+00:00", "Z"),
        "ai_analysis": {"risk_level": risk, "title": "Made up", "action": "allow_execution"} if risk else None,
        "guardrails_info": None,
        "identity_type": "user",
        "event_stream": [[0.1, "o", "b2sK"]],
    }
