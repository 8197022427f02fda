"""Postgres sessions: raw wire messages, or the SQL texts of the older form and of a `raw-queries` answer."""

from __future__ import annotations

from replay_tui.decoders.lane import Lane, input_lane
from replay_tui.decoders.pgframes import UNFINISHED, frames, startup_at
from replay_tui.decoders.pgwire import Client
from replay_tui.decoders.result import Decoded, Sequence
from replay_tui.decoders.sql import classify
from replay_tui.decoders.sqlsplit import split
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session


def looks_like_wire(lane: Lane) -> bool:
    """Whether the bytes are wire messages and not bare SQL: a message at the front, or NUL bytes in most events."""
    first = next(frames(lane.data[:200_000]), None)
    if first is None:
        return False
    if first.type > 0 or startup_at(lane.data, 0) or (first.type == UNFINISHED and lane.data[:1] == b"\0"):
        return True
    sample = [b"\0" in lane.data[start:end] for _, start, end in list(lane)[:200]]
    return sum(sample) * 2 > len(sample)


def decode_postgres(session: Session, stream: EventStream) -> Decoded:
    """Executions of a `connect` session to Postgres: raw messages, the older bare SQL, or a `raw-queries` answer."""
    lane = input_lane(stream)
    if looks_like_wire(lane):
        return Client(lane).run()
    return bare_sql(lane, "postgres")


def bare_sql(lane: Lane, dialect: str, decoder: str = "sql") -> Decoded:
    """Executions where each event holds SQL text: one statement or several."""
    out = Sequence()
    for event, start, end in lane:
        text = lane.data[start:end].decode("utf-8", "replace").strip("\0")
        pieces = split(text, dialect)
        for piece in pieces if len(pieces) > 1 else [text] if text.strip() else []:
            kind, verb = classify(piece, dialect)
            out.add(lane.time(start), kind, piece, event=event, verb=verb)
    return Decoded(out.close(), decoder=decoder)
