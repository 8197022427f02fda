"""What kind of session this is, judged by its fields and its bytes."""

from __future__ import annotations

import re

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.decoders.http.parser import REQUEST, RESPONSE
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.postgres.decoder import looks_like_wire
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.decoders.tsv_table import looks_tabular, output_bytes
from replay_tui.domain.event_stream import INPUT, EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind

NO_LOG = b"no log found on disk"
UNDECODABLE = b"An internal error occurred: unable to decode the event stream"
_TERMINALS = frozenset(
    ("command-line", "application", "custom", "ssh", "kubectl", "kubernetes", "linux-vm", "docker-exec")
)
_STATEMENTS = frozenset((*DIALECTS, "mongodb", "mongo"))
_HTTP = frozenset(("httpproxy", "http-proxy", "mcp"))
_OPAQUE = frozenset(("tcp", "rdp"))
_ADDRESSING = re.compile(rb"\x1b\[\d*;\d*[Hfr]|\x1b\[\?(?:1049|1047|47)h|\x1b\[[23]?J\x1b\[H|\x1b\[H\x1b\[[23]?J")
_MAX_SCANNED_BYTES = 1 << 20
_UNREADABLE = frozenset(("bad-event", "stream-not-list", "input-cut", "cut-off", "bad-gzip", "bad-json"))
"""Doubts that say why no event came of a stream."""


def detect_kind(session: Session, stream: EventStream) -> tuple[SessionKind, EmptyReason | None]:
    """The kind of a session, and for an empty one why it is empty."""
    reason = empty_reason(session, stream)
    if reason:
        return SessionKind.EMPTY, reason
    names = [(name or "").lower() for name in (session.fields.type, session.fields.connection_subtype)]
    if not any(names) and not session.fields.verb:
        return _without_fields(stream), None
    if (session.fields.verb or "").lower() == "exec":
        return _exec(session, stream), None
    if _HTTP.intersection(names):
        return SessionKind.HTTP, None
    if _TERMINALS.intersection(names) and not _STATEMENTS.intersection(names[1:]):
        return SessionKind.TERMINAL, None
    if _STATEMENTS.intersection(names) or names[0] == "database":
        return (SessionKind.TERMINAL if _has_escapes(stream) and not _wire(stream) else SessionKind.STATEMENTS), None
    if _has_escapes(stream):
        return SessionKind.TERMINAL, None
    if _OPAQUE.intersection(names):
        return SessionKind.TEXT, None
    return _http_or(stream, SessionKind.TEXT), None


def empty_reason(session: Session, stream: EventStream) -> EmptyReason | None:
    """Why there is nothing to replay; None where there is something."""
    if len(stream):
        first = stream.data(0) if len(stream) == 1 else b""
        if first.strip() == NO_LOG:
            return EmptyReason.NO_LOG
        return EmptyReason.UNDECODABLE if first.startswith(UNDECODABLE) else None
    if any(note.code in _UNREADABLE for note in stream.log.warnings):
        return EmptyReason.UNREADABLE
    fields = session.fields
    sizes = (fields.event_size, fields.metrics.event_size if fields.metrics else None)
    if any(size and size > 0 for size in sizes):
        return EmptyReason.WITHHELD
    if fields.status == "ready" or (fields.review and fields.review.status == "PENDING"):
        return EmptyReason.PENDING
    return EmptyReason.OPEN if fields.status == "open" else EmptyReason.NO_STREAM


def _has_escapes(stream: EventStream) -> bool:
    """Whether the output addresses a terminal: several CSI sequences, and at least one in 4 KiB."""
    count = stream.output.count(b"\x1b[", 0, _MAX_SCANNED_BYTES)
    return count >= 2 and count * 4096 >= min(_MAX_SCANNED_BYTES, len(stream.output))


def _without_fields(stream: EventStream) -> SessionKind:
    """An asciicast or a bare list of events: a terminal unless the input is plainly another wire."""
    if _has_escapes(stream) or not stream.other or INPUT not in stream.kinds:
        return SessionKind.TERMINAL
    if _wire(stream):
        return SessionKind.STATEMENTS
    return _http_or(stream, SessionKind.TERMINAL)


def _exec(session: Session, stream: EventStream) -> SessionKind:
    head = bytes(stream.output[:_MAX_SCANNED_BYTES])
    if len(_ADDRESSING.findall(head)) >= 3:
        return SessionKind.TERMINAL
    database = script_language(session) in {*DIALECTS.values(), "mongodb"}
    return (
        SessionKind.TABLE
        if looks_tabular(output_bytes(stream)[:_MAX_SCANNED_BYTES], database=database)
        else SessionKind.TEXT
    )


def _wire(stream: EventStream) -> bool:
    return bool(stream.other) and looks_like_wire(PayloadBuffer(stream, bytes((INPUT,)), limit=_MAX_SCANNED_BYTES))


def _http_or(stream: EventStream, other: SessionKind) -> SessionKind:
    asked, answered = bytes(stream.other[:65536]), bytes(stream.output[:65536])
    return SessionKind.HTTP if REQUEST.match(asked) or RESPONSE.match(answered) else other
