"""Decoder for Postgres sessions: raw wire messages, or SQL text (older recordings, `raw-queries` responses).

`find_authentication` finds the authentication messages of Postgres in a session that is not known to be one.
"""

from __future__ import annotations

import re

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import PayloadBuffer, input_payloads, wire_text
from replay_tui.decoders.postgres.messages import MIN_SECRET_CHARS, PASSWORD, UNFINISHED, iter_messages, startup_at
from replay_tui.decoders.postgres.session import PgSessionDecoder
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
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


_STARTUP = lazy_compile(rb"\0\0[\0-\x27].\0\x03\0[\0-\x02][a-z_]{1,40}\0", re.DOTALL)
_SASL = lazy_compile(rb"SCRAM-SHA-(?:1|256|512)(?:-PLUS)?\0|n,,n=[^,\0]*,r=|c=[A-Za-z0-9+/=]{4,},r=[^\0]*,p=")
_MAX_PASSWORD_BYTES = 10_000


def find_authentication(payloads: PayloadBuffer) -> DecodeResult:
    """Return what to redact: authentication after a start-up packet, and events that have the form of one."""
    result = DecodeResult()
    if _STARTUP.search(payloads.data):
        decoded = PgSessionDecoder(payloads).run()
        result.redacted, result.secrets = decoded.redacted, decoded.secrets
    for _, start, end in payloads:
        data = payloads.data[start:end]
        password = _password_in(data)
        if password or _SASL.search(data):
            result.redacted.extend(payloads.redacted_spans(start, end))
            result.secrets |= {password} if len(password) >= MIN_SECRET_CHARS else set()
    return result


def _password_in(data: bytes) -> str:
    """Return the password in a message with or without its type, empty if the bytes are no such message."""
    body = data[1:] if data[:1] == bytes((PASSWORD,)) else data
    if not 6 <= len(body) <= _MAX_PASSWORD_BYTES or int.from_bytes(body[:4], "big") != len(body) or body[-1]:
        return ""
    password = body[4:-1].decode("utf-8", "replace")
    return password if password.isprintable() else ""
