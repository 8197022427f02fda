"""HTTP and MCP sessions, shown as a list of requests."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup, Pane, SessionKind, TextSource
from replay_tui.kinds.evidence import (
    Family,
    family_of,
    has_escapes,
    has_http_exchange,
    has_http_messages,
    has_plain_input,
)


def _matches(session: Session, stream: EventStream) -> bool:
    match family_of(session):
        case Family.HTTP:
            return True
        case Family.UNNAMED:
            return has_plain_input(stream) and has_http_messages(stream)
        case Family.TERMINAL:  # connections of unknown subtypes count as command lines
            return has_http_exchange(stream)
        case Family.OTHER:
            return not has_escapes(stream) and has_http_messages(stream)
        case _:
            return False


HTTP = SessionKind(
    "http",
    _matches,
    20,
    Pane.STATEMENTS,
    TextSource.STATEMENTS,
    decoder_group=DecoderGroup.HTTP,
    description="requests with their responses",
)
