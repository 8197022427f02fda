"""MySQL, SQL Server and Oracle sessions: the gateway stores the SQL text of each query, one event a query."""

from __future__ import annotations

import re

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.payload_buffer import input_payloads
from replay_tui.decoders.postgres.decoder import bare_sql
from replay_tui.decoders.sql.classify import classify
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.session import Session

DIALECTS = {"mysql": "mysql", "mariadb": "mysql", "mssql": "mssql", "sqlserver": "mssql", "oracledb": "oracle",
            "oracle": "oracle", "postgres": "postgres", "postgresql": "postgres"}  # fmt: skip
_VERB = re.compile(
    r"\b(select|insert|update|delete|merge|create|alter|drop|truncate|grant|revoke|begin|declare|commit|rollback|with|call"
    r"|explain|lock|set)\b",
    re.IGNORECASE,
)
_JUNK = re.compile(r"[^\t\n\r\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]+")


def sql_dialect(session: Session) -> str:
    """The SQL dialect that a session's connection speaks, `postgres` where nothing says."""
    for name in (session.fields.connection_subtype, session.fields.type):
        if name and name.lower() in DIALECTS:
            return DIALECTS[name.lower()]
    return "postgres"


def decode_text_sql(session: Session, stream: EventStream) -> DecodeResult:
    """Executions of a `connect` session whose input events hold SQL text."""
    dialect = sql_dialect(session)
    if dialect == "oracle":
        return _oracle(stream)
    return bare_sql(input_payloads(stream), dialect, decoder=f"{dialect}-text")


def _oracle(stream: EventStream) -> DecodeResult:
    """The printable parts of packets: SQL where a verb can be found, else left raw."""
    lane, out, log = input_payloads(stream), StatementBuilder(), FidelityWarnings()
    for event, start, end in lane:
        raw = lane.data[start:end].decode("utf-8", "replace")
        text = _JUNK.sub(" ", raw).replace("\ufffd", " ").strip()
        found = _VERB.search(text)
        if not found:
            log.add("no-statement", "packets hold no readable statement; they stand in the raw bytes")
            continue
        note = "read from the printable part of a packet" if found.start() or text != raw.strip() else ""
        kind, verb = classify(text[found.start() :], "oracle")
        out.add(lane.time(start), kind, text[found.start() :], event=event, verb=verb, note=note)
    return DecodeResult(out.close(), list(log.warnings), decoder="oracle-text")
