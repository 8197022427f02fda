"""Sessions with nothing to replay, shown as a message that names the reason."""

from __future__ import annotations

from replay_tui.domain.event_stream import BITMAP, EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, Pane, SessionKind, TextSource

NO_LOG = b"no log found on disk"
UNDECODABLE = b"An internal error occurred: unable to decode the event stream"
_UNREADABLE_CODES = frozenset(("bad-event", "stream-not-list", "input-cut", "cut-off", "bad-gzip", "bad-json"))
"""Warnings which explain that a stream yielded no event."""


def empty_reason(session: Session, stream: EventStream) -> EmptyReason | None:
    """Return the reason why there is nothing to replay, None if there is something."""
    if BITMAP in stream.kinds and not stream.output:
        return EmptyReason.BITMAPS
    if len(stream):
        first = stream.data(0) if len(stream) == 1 else b""
        if first.strip() == NO_LOG:
            return EmptyReason.NO_LOG
        return EmptyReason.UNDECODABLE if first.startswith(UNDECODABLE) else None
    if any(warning.code in _UNREADABLE_CODES for warning in stream.log.warnings):
        return EmptyReason.UNREADABLE
    fields = session.fields
    sizes = (fields.event_size, fields.metrics.event_size if fields.metrics else None)
    if any(size and size > 0 for size in sizes):
        return EmptyReason.WITHHELD
    if fields.status == "ready" or (fields.review and fields.review.status == "PENDING"):
        return EmptyReason.PENDING
    return EmptyReason.OPEN if fields.status == "open" else EmptyReason.NO_STREAM


def _matches(session: Session, stream: EventStream) -> bool:
    return empty_reason(session, stream) not in (None, EmptyReason.BITMAPS)


EMPTY = SessionKind("empty", _matches, 0, Pane.MESSAGE, TextSource.OUTPUT)
