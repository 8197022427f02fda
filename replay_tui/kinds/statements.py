"""Database sessions, shown as statements decoded from the wire."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup, Pane, SessionKind, TextSource
from replay_tui.kinds.evidence import Family, family_of, has_database_wire, has_escapes, has_plain_input


def _matches(session: Session, stream: EventStream) -> bool:
    match family_of(session):
        case Family.DATABASE:
            return not has_escapes(stream) or has_database_wire(stream)
        case Family.UNNAMED:
            return has_plain_input(stream) and has_database_wire(stream)
        case _:
            return False


STATEMENTS = SessionKind(
    "statements",
    _matches,
    10,
    Pane.STATEMENTS,
    TextSource.STATEMENTS,
    decoder_group=DecoderGroup.DATABASE,
    description="statements or commands, one in a row",
    has_sequences=False,
)
