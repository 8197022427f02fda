"""Every other session with events, shown as lines of output: the fallback of the detection."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource


def _matches(_session: Session, _stream: EventStream) -> bool:
    return True


TEXT = SessionKind(
    "text",
    _matches,
    90,
    Pane.OUTPUT,
    TextSource.OUTPUT,
    lists_raw_input=True,
    description="script and lines of the output",
)
