"""Remote desktop sessions (RDP): bitmaps, which a terminal cannot show. Described by a message."""

from __future__ import annotations

from replay_tui.domain.event_stream import BITMAP, EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource


def _matches(_session: Session, stream: EventStream) -> bool:
    return BITMAP in stream.kinds and not stream.output


RDP = SessionKind("rdp", _matches, 5, Pane.MESSAGE, TextSource.OUTPUT)
