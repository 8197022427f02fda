"""Sessions of opaque bytes, such as TCP connections: the raw view is opened, since no decoder is known."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource
from replay_tui.kinds.evidence import Family, family_of, has_escapes


def _matches(session: Session, stream: EventStream) -> bool:
    return family_of(session) is Family.OPAQUE and not has_escapes(stream)


RAW = SessionKind("raw", _matches, 50, Pane.OUTPUT, TextSource.OUTPUT, lists_raw_input=True, opens_raw=True)
