"""Hand-written sessions in the format of the gateway's response."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from replay_tui.sources import LoadedSession
from tests.support.fixtures import FIXTURES, SESSIONS

VIM = SESSIONS / "shell-vim.json"
DEMO = FIXTURES / "demo-src"
HOTFIX = DEMO / "deploy-hotfix.json"
HTOP = SESSIONS / "shell-htop-120x36.json"
PSQL = SESSIONS / "pg-psql.json"
PSYCOPG = SESSIONS / "pg-psycopg-extended.json"
TABLE = SESSIONS / "exec-postgres-tsv.json"
PROGRAMS = FIXTURES / "programs"

Event = tuple[float, str, bytes | str]


def triples(*events: Event) -> list[list[object]]:
    """Return an event stream in the gateway's form."""
    return [
        [at, kind, base64.b64encode(data.encode() if isinstance(data, str) else data).decode()]
        for at, kind, data in events
    ]


def write(folder: Path, *events: Event, name: str = "session.json", **fields: Any) -> Path:
    """Write a session with these events and fields, by default those of a shell, and return its path."""
    session: dict[str, Any] = {
        "id": "5f0c",
        "user": "ana@example.com",
        "connection": "app-1",
        "type": "custom",
        "connection_subtype": "ssh",
        "verb": "connect",
        "status": "done",
        "start_date": "2026-11-20T09:30:00Z",
        "end_date": "2026-11-20T09:31:40Z",
        "event_stream": triples(*events),
    }
    path = folder / name
    path.write_text(json.dumps(session | fields))
    return path


def shell(folder: Path, **fields: Any) -> Path:
    """Write a shell session of 100 s: a prompt, a command with an error, simultaneous events, an idle gap, an end."""
    return write(
        folder,
        (0.0, "o", "$ "),
        (10.0, "i", "ls\r"),
        (10.0, "o", "ls\r\n"),
        (10.5, "o", "alpha beta\r\n$ "),
        (20.0, "e", "ls: gamma: missing\r\n$ "),
        (30.0, "i", "x"),
        (30.0, "o", "x"),
        (30.0, "o", "y"),
        (30.0, "o", "z"),
        (90.0, "o", "\r\nneedle one\r\n$ "),
        (100.0, "o", "exit\r\n"),
        **fields,
    )


def held_back(begin: threading.Event, loaded: Iterable[LoadedSession]) -> Iterator[LoadedSession]:
    """Yield `loaded`, as a source that is read, once `begin` is set."""
    begin.wait(120)
    yield from loaded
