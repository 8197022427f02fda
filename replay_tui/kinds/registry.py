"""Registry of session kinds, and the detection of a session's kind."""

from __future__ import annotations

from operator import attrgetter

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.kinds.empty import EMPTY, empty_reason
from replay_tui.kinds.http import HTTP
from replay_tui.kinds.raw import RAW
from replay_tui.kinds.rdp import RDP
from replay_tui.kinds.statements import STATEMENTS
from replay_tui.kinds.table import TABLE
from replay_tui.kinds.terminal import TERMINAL
from replay_tui.kinds.text import TEXT

KINDS: tuple[SessionKind, ...] = (TERMINAL, STATEMENTS, HTTP, TABLE, TEXT, RAW, RDP, EMPTY)
"""All kinds, in the order in which the interface offers them."""
_BY_PRIORITY = sorted(KINDS, key=attrgetter("priority"))


_SAMPLE_BYTES = 1 << 20


def applicable_kinds(own: SessionKind, stream: EventStream) -> list[SessionKind]:
    """Return the kinds that a session of the kind `own` can be shown as.

    Requests and tables are offered only if the first bytes contain what they are made of.
    """
    head = bytes(stream.output[:_SAMPLE_BYTES]) + bytes(stream.other[:_SAMPLE_BYTES])
    has_requests, has_columns = b"HTTP/1." in head, b"\t" in head

    def applies(kind: SessionKind) -> bool:
        if kind is HTTP or kind is TABLE:
            return has_requests if kind is HTTP else has_columns
        return not (kind.is_empty or kind.opens_raw)

    return [kind for kind in KINDS if kind is own or applies(kind)]


def detect_kind(session: Session, stream: EventStream) -> tuple[SessionKind, EmptyReason | None]:
    """Return the kind of a session, and for one with nothing to replay the reason."""
    kind = next(kind for kind in _BY_PRIORITY if kind.matches(session, stream))  # the last one matches every session
    return kind, empty_reason(session, stream) if kind.is_empty else None
