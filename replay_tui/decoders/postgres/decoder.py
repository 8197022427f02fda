"""Decoder for Postgres sessions: raw wire messages, or SQL text (older recordings, `raw-queries` responses)."""

from __future__ import annotations

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads
from replay_tui.decoders.postgres.messages import UNFINISHED, iter_messages, startup_at
from replay_tui.decoders.postgres.session import PgSessionDecoder
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.decoders.wire_text import wire_text
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session


def looks_like_wire(payloads: PayloadBuffer) -> bool:
    """Return True for wire messages instead of SQL text: a message at the start, or NUL bytes in most events."""
    first = next(iter_messages(payloads.data[:200_000]), None)
    if first is None:
        return False
    if first.type > 0 or startup_at(payloads.data, 0) or (first.type == UNFINISHED and payloads.data[:1] == b"\0"):
        return True
    sample = [b"\0" in payloads.data[start:end] for _, start, end in list(payloads)[:200]]
    return sum(sample) * 2 > len(sample)


def decode_postgres(session: Session, stream: EventStream) -> DecodeResult:
    """Return the executions of a `connect` session to Postgres."""
    payloads = input_payloads(stream)
    if looks_like_wire(payloads):
        return PgSessionDecoder(payloads).run()
    return decode_sql_events(payloads, "postgres")


def decode_sql_events(payloads: PayloadBuffer, dialect: str, decoder: str = "sql") -> DecodeResult:
    """Return the statements of events that contain SQL text, one or several statements each."""
    out = StatementBuilder()
    for event, start, end in payloads:
        text = wire_text(payloads.data[start:end]).strip("\0")
        pieces = split_sql(text, dialect)
        for piece in pieces if len(pieces) > 1 else [text] if text.strip() else []:
            kind, verb = classify(piece, dialect)
            out.add(payloads.time(start), kind, piece, event=event, verb=verb)
    return DecodeResult(out.close(), decoder=decoder)
