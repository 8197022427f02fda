"""Helpers: sessions of `fixtures/` and streams of given events."""

from __future__ import annotations

import base64
import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session

FIXTURES = Path(__file__).parents[2] / "fixtures"


def load(name: str) -> tuple[Session, EventStream]:
    """Return session and stream of a fixture such as `sessions/pg-psql` (`.json` or `.json.gz`)."""
    path = FIXTURES / f"{name}.json"
    raw = path.read_bytes() if path.exists() else gzip.decompress((FIXTURES / f"{name}.json.gz").read_bytes())
    raw_session = json.loads(raw)
    stream = EventStream()
    for event in raw_session.get("event_stream") or []:
        if isinstance(event, str):
            stream.append(0.0, "o", event.encode())
        else:
            stream.append(event[0], event[1], base64.b64decode(event[2]))
    return Session.parse(raw_session), stream


def truth(name: str) -> Any:
    """Return the expected values (JSON) of a fixture."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def stream_of(*events: tuple[float, str, bytes]) -> EventStream:
    """Return a stream of the given events."""
    stream = EventStream()
    for event in events:
        stream.append(*event)
    return stream


def session_of(**fields: Any) -> Session:
    """Return a session with the given fields."""
    return Session.parse(fields)


def inputs(data: bytes, cuts: list[int] | None = None) -> EventStream:
    """Return a stream with `data` as input events cut at `cuts`, one second apart."""
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts or []}), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    return stream_of(*((float(at), "i", piece) for at, piece in enumerate(pieces) if piece))
