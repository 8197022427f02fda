"""Recordings of `fixtures/` and streams made by hand."""

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
    """Session and stream of a fixture such as `sessions/pg-psql` (`.json` or `.json.gz`)."""
    path = FIXTURES / f"{name}.json"
    raw = path.read_bytes() if path.exists() else gzip.decompress((FIXTURES / f"{name}.json.gz").read_bytes())
    received = json.loads(raw)
    stream = EventStream()
    for event in received.get("event_stream") or []:
        if isinstance(event, str):
            stream.append(0.0, "o", event.encode())
        else:
            stream.append(event[0], event[1], base64.b64decode(event[2]))
    return Session.parse(received), stream


def truth(name: str) -> Any:
    """The JSON that lies beside a recording."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def stream_of(*events: tuple[float, str, bytes]) -> EventStream:
    """A stream of the given events."""
    made = EventStream()
    for event in events:
        made.append(*event)
    return made


def session_of(**fields: Any) -> Session:
    """A session with the given fields."""
    return Session.parse(fields)


def inputs(data: bytes, cuts: list[int] | None = None) -> EventStream:
    """`data` as input events cut at `cuts`, one second apart."""
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts or []}), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    return stream_of(*((float(at), "i", piece) for at, piece in enumerate(pieces) if piece))
