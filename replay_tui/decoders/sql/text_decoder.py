"""Decoder for MySQL, SQL Server and Oracle sessions: the gateway stores the SQL text of each query in one event."""

from __future__ import annotations

import re

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import input_payloads
from replay_tui.decoders.postgres.decoder import decode_sql_events
from replay_tui.decoders.sql.classify import classify
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session

DIALECTS = {"mysql": "mysql", "mariadb": "mysql", "mssql": "mssql", "sqlserver": "mssql", "oracledb": "oracle",
            "oracle": "oracle", "postgres": "postgres", "postgresql": "postgres"}  # fmt: skip
_VERB = lazy_compile(
    r"\b(select|insert|update|delete|merge|create|alter|drop|truncate|grant|revoke|begin|declare|commit|rollback|with|call"
    r"|explain|lock|set)\b",
    re.IGNORECASE,
)
_STATEMENT_VERBS = frozenset((
    "NOAUDIT", "AUDIT", "PURGE", "FLASHBACK", "SHUTDOWN", "STARTUP", "RENAME", "COMMENT", "EXEC", "EXECUTE", "ANALYZE",
    "ASSOCIATE", "DISASSOCIATE", "SAVEPOINT", "REVOKE", "ADMINISTER",
))  # fmt: skip
_UNPRINTABLE = lazy_compile(r"[^\t\n\r\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]+")


def sql_dialect(session: Session) -> str:
    """Return the SQL dialect of a session's connection, `postgres` if its fields do not specify it."""
    for name in (session.fields.connection_subtype, session.fields.type):
        if name and name.lower() in DIALECTS:
            return DIALECTS[name.lower()]
    return "postgres"


def decode_text_sql(session: Session, stream: EventStream) -> DecodeResult:
    """Return the executions of a `connect` session whose input events contain SQL text."""
    dialect = sql_dialect(session)
    if dialect == "oracle":
        return _decode_oracle(stream)
    return decode_sql_events(input_payloads(stream), dialect, decoder=f"{dialect}-text")


def _decode_oracle(stream: EventStream) -> DecodeResult:
    """Return the SQL in the printable parts of packets; packets without a verb stay raw."""
    payloads, out, log = input_payloads(stream), StatementBuilder(), FidelityWarnings()
    for event, start, end in payloads:
        raw = payloads.data[start:end].decode("utf-8", "replace")
        text = _UNPRINTABLE.sub(" ", raw).replace("\ufffd", " ").strip()
        if text and text == raw.strip():  # a whole statement, not the printable part of a packet
            kind, verb = classify(text, "oracle")
            if verb in _STATEMENT_VERBS or _VERB.match(verb):
                out.add(payloads.time(start), kind, text, event=event, verb=verb)
                continue
            if not verb and text.startswith(("--", "/*")):
                out.add(payloads.time(start), kind, text, event=event, verb=verb, note="only a comment")
                continue
        found = _VERB.search(text)
        if not found:
            log.add("no-statement", "packets contain no readable statement; see the raw view")
            continue
        note = "from the printable part of a packet" if found.start() or text != raw.strip() else ""
        kind, verb = classify(text[found.start() :], "oracle")
        out.add(payloads.time(start), kind, text[found.start() :], event=event, verb=verb, note=note)
    return DecodeResult(out.close(), list(log.warnings), decoder="oracle-text")
