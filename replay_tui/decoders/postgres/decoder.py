"""Postgres sessions: raw wire messages, or the SQL texts of the older form and of a `raw-queries` answer."""

from __future__ import annotations

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads
from replay_tui.decoders.postgres.messages import UNFINISHED, iter_messages, startup_at
from replay_tui.decoders.postgres.session import PgSessionDecoder
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session


def looks_like_wire(payloads: PayloadBuffer) -> bool:
    """Whether the bytes are wire messages and not bare SQL: a message at the front, or NUL bytes in most events."""
    first = next(iter_messages(payloads.data[:200_000]), None)
    if first is None:
        return False
    if first.type > 0 or startup_at(payloads.data, 0) or (first.type == UNFINISHED and payloads.data[:1] == b"\0"):
        return True
    sample = [b"\0" in payloads.data[start:end] for _, start, end in list(payloads)[:200]]
    return sum(sample) * 2 > len(sample)


def decode_postgres(session: Session, stream: EventStream) -> DecodeResult:
    """Executions of a `connect` session to Postgres: raw messages, the older bare SQL, or a `raw-queries` answer."""
    lane = input_payloads(stream)
    if looks_like_wire(lane):
        return PgSessionDecoder(lane).run()
    return bare_sql(lane, "postgres")


def bare_sql(payloads: PayloadBuffer, dialect: str, decoder: str = "sql") -> DecodeResult:
    """Executions where each event holds SQL text: one statement or several."""
    out = StatementBuilder()
    for event, start, end in payloads:
        text = payloads.data[start:end].decode("utf-8", "replace").strip("\0")
        pieces = split_sql(text, dialect)
        for piece in pieces if len(pieces) > 1 else [text] if text.strip() else []:
            kind, verb = classify(piece, dialect)
            out.add(payloads.time(start), kind, piece, event=event, verb=verb)
    return DecodeResult(out.close(), decoder=decoder)
