"""Evidence for a session's kind: the family that its metadata names, and patterns in its bytes.

Only the first `MAX_SCANNED_BYTES` of a stream are searched.
"""

from __future__ import annotations

from enum import Enum, auto

from replay_tui.decoders.http.parser import REQUEST, RESPONSE
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.postgres.decoder import looks_like_wire
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.domain.event_stream import INPUT, EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session

_TERMINALS = frozenset(
    ("command-line", "application", "custom", "ssh", "kubectl", "kubernetes", "linux-vm", "docker-exec")
)
_DATABASES = frozenset((*DIALECTS, "mongodb", "mongo"))
_HTTP = frozenset(
    ("httpproxy", "http-proxy", "mcp", "mcpproxy", "kubernetes-token", "kibana", "grafana", "claude-code")
)
_OPAQUE = frozenset(("tcp", "rdp"))
_ADDRESSING = lazy_compile(rb"\x1b\[\d*;\d*[Hfr]|\x1b\[\?(?:1049|1047|47)h|\x1b\[[23]?J\x1b\[H|\x1b\[H\x1b\[[23]?J")
MAX_SCANNED_BYTES = 1 << 20
_MAX_HTTP_BYTES = 1 << 16


class Family(Enum):
    """Family of connections, named by a session's type, subtype and verb."""

    UNNAMED = auto()
    EXEC = auto()
    HTTP = auto()
    TERMINAL = auto()
    DATABASE = auto()
    OPAQUE = auto()
    OTHER = auto()


def family_of(session: Session) -> Family:
    """Return the family that the metadata names; a bare list of events names none; recorders record terminals."""
    if "asciicast" in session.raw or session.recorder:
        return Family.TERMINAL
    kind, subtype = [(name or "").lower() for name in (session.fields.type, session.fields.connection_subtype)]
    names = {kind, subtype}
    if not session.fields.verb and not any(names):
        return Family.UNNAMED
    if (session.fields.verb or "").lower() == "exec":
        return Family.EXEC
    if names & _HTTP:
        return Family.HTTP
    if subtype in _OPAQUE:
        return Family.OPAQUE
    if names & _TERMINALS and subtype not in _DATABASES:
        return Family.TERMINAL
    if names & _DATABASES or kind == "database":
        return Family.DATABASE
    return Family.OPAQUE if names & _OPAQUE else Family.OTHER


def has_escapes(stream: EventStream) -> bool:
    """Return True if the output addresses a terminal: at least two CSI sequences, and one in 4 KiB."""
    count = stream.output.count(b"\x1b[", 0, MAX_SCANNED_BYTES)
    return count >= 2 and count * 4096 >= min(MAX_SCANNED_BYTES, len(stream.output))


def addresses_screen(stream: EventStream) -> bool:
    """Return True if the output moves the cursor or switches screens, as full-screen programs do."""
    return len(_ADDRESSING.findall(bytes(stream.output[:MAX_SCANNED_BYTES]))) >= 3


def has_plain_input(stream: EventStream) -> bool:
    """Return True if there is input, and the output addresses no terminal."""
    return bool(stream.other) and INPUT in stream.kinds and not has_escapes(stream)


def has_database_wire(stream: EventStream) -> bool:
    """Return True if the input looks like a database's wire protocol."""
    return bool(stream.other) and looks_like_wire(PayloadBuffer(stream, bytes((INPUT,)), limit=MAX_SCANNED_BYTES))


def has_http_messages(stream: EventStream) -> bool:
    """Return True if the input begins with an HTTP request or the output with a response."""
    return _has_requests(stream) or _has_responses(stream)


def has_http_exchange(stream: EventStream) -> bool:
    """Return True if the input begins with an HTTP request and the output with a response."""
    return _has_requests(stream) and _has_responses(stream)


def _has_requests(stream: EventStream) -> bool:
    return bool(REQUEST.match(bytes(stream.other[:_MAX_HTTP_BYTES])))


def _has_responses(stream: EventStream) -> bool:
    return bool(RESPONSE.match(bytes(stream.output[:_MAX_HTTP_BYTES])))
