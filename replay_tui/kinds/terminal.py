"""Terminal sessions: shells and full-screen programs, replayed on an emulated terminal."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource
from replay_tui.kinds.evidence import Family, addresses_screen, family_of, has_escapes


def _matches(session: Session, stream: EventStream) -> bool:
    match family_of(session):
        case Family.UNNAMED | Family.TERMINAL | Family.DATABASE:  # databases: what `statements` did not claim
            return True
        case Family.EXEC:
            return addresses_screen(stream)
        case Family.OPAQUE | Family.OTHER:
            return has_escapes(stream)
        case _:
            return False


TERMINAL = SessionKind("terminal", _matches, 40, Pane.TERMINAL, TextSource.SCREEN, description="the recorded screen")
