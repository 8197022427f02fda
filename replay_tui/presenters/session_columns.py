"""Columns of a session list: titles and cell values, shared by the inbox and `replay-tui list`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from replay_tui.domain.session import Session
from replay_tui.domain.time_format import format_duration
from replay_tui.presenters.document import Role, Span
from replay_tui.presenters.review import status_badge
from replay_tui.presenters.risk import risk_badge
from replay_tui.presenters.values import format_size

EMPTY = Span("")


@dataclass(frozen=True, slots=True)
class SessionColumn:
    """A column: its title, and its cell for a session (unsanitized)."""

    title: str
    cell: Callable[[Session], Span]


def _status(session: Session) -> Span:
    if session.is_open:
        return Span("running", Role.WARN)
    if session.fields.exit_code not in (None, 0):
        return Span(f"exit {session.fields.exit_code}", Role.BAD)
    return Span(session.fields.status or "", Role.MUTED)


def _duration(session: Session) -> Span:
    seconds = session.wall_clock_seconds
    return Span(format_duration(max(0.0, seconds)) if seconds is not None else "", Role.MUTED)


def _review(session: Session) -> Span:
    review = session.fields.review
    return status_badge(review.status) if review else EMPTY


RISK = SessionColumn("risk", lambda session: risk_badge(session.severity) if session.severity else EMPTY)
REVIEW = SessionColumn("review", _review)
USER = SessionColumn("user", lambda session: Span(session.display_user))
CONNECTION = SessionColumn("connection", lambda session: Span(session.display_connection))
TYPE = SessionColumn(
    "type", lambda session: Span(session.fields.connection_subtype or session.fields.type or "", Role.MUTED)
)
VERB = SessionColumn("verb", lambda session: Span(session.fields.verb or "", Role.MUTED))
DURATION = SessionColumn("duration", _duration)
SIZE = SessionColumn("size", lambda session: Span(format_size(session.fields.event_size), Role.MUTED))
STATUS = SessionColumn("status", _status)
BLOCKED = SessionColumn("blocked", lambda session: Span("guardrail", Role.BAD) if session.guardrails else EMPTY)
ID = SessionColumn("id", lambda session: Span(session.fields.id or ""))
