"""The rows of the library as events: statements, commands, findings and decisions of reviews, each at its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.archive.library.block_file import DamagedBlock
from replay_tui.archive.library.coverage import DAMAGED
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.selection import Selection
from replay_tui.archive.library.session_loading import load_record
from replay_tui.archive.library.sessions import LibrarySession, list_sessions, load_document
from replay_tui.archive.library.shapes import dialect_of, statement_shape
from replay_tui.archive.library.source_states import count_not_added
from replay_tui.domain.completeness import Coverage
from replay_tui.domain.session import Session

STATEMENT, COMMAND, FINDING, DECISION = "statement", "command", "finding", "decision"
WITHOUT_DATE = "without a date"


class ArchiveEvent(Struct, frozen=True):
    """What happened at one moment of a session; texts are without secrets, but not sanitised.

    `time` is in seconds since 1970; `moment` is the text that leads back to it, empty for a decision. `user` is who
    acted: for a decision the reviewer. `verb` is the leading word of a statement, or the decision. `number` counts the
    events of a session.
    """

    kind: str
    session: LibrarySession
    time: float
    user: str
    text: str
    moment: str = ""
    verb: str = ""
    statement_kind: str = ""
    tables: tuple[str, ...] = ()
    rule: str = ""
    severity: str = ""
    message: str = ""
    number: int = 0

    @property
    def uid(self) -> str:
        """Identifier that is the same in every export."""
        return f"{self.session.reference}#{self.session.digest[:8]}-{self.number}"

    @property
    def reference(self) -> str:
        """What `replay-tui` opens."""
        return f"{self.session.reference}@{self.moment}" if self.moment else self.session.reference


def iter_events(library: Library, selection: Selection, coverage: Coverage) -> Iterator[ArchiveEvent]:
    """Yield the events of the selected sessions, session by session, and count the sessions in `coverage`.

    A session without a date has no events, because every target needs the time of day.
    """
    count_not_added(library.connection, coverage)
    for session in list_sessions(library, selection):
        if session.start is None:
            coverage.add(WITHOUT_DATE)
            continue
        try:
            events = sorted(_events(library, session, session.start), key=lambda one: one.time)
        except DamagedBlock:
            coverage.add(DAMAGED)
            continue
        coverage.add(session.gap)
        for number, event in enumerate(events):
            yield replace(event, number=number)


def _events(library: Library, session: LibrarySession, start: float) -> Iterator[ArchiveEvent]:
    document, dialect = load_document(library, session), dialect_of(session.subtype)
    for one in document.text.statements:
        if not one.deleted:
            kind, moment = COMMAND if one.kind == "shell" else STATEMENT, document.format_time(one.time)
            _, tables = statement_shape(one, dialect)
            yield ArchiveEvent(
                kind, session, start + one.time, session.user, one.text, moment, one.verb, one.kind, tables
            )
    rows = library.connection.execute(
        "SELECT time, rule, level, message, evidence FROM findings WHERE session = ? ORDER BY time", (session.n,)
    ).fetchall()
    for time, rule, level, message, evidence in rows:
        moment = document.format_time(time)
        yield ArchiveEvent(
            FINDING, session, start + time, session.user, evidence, moment, rule=rule, severity=level, message=message
        )
    yield from _decisions(library, session)


def _decisions(library: Library, session: LibrarySession) -> Iterator[ArchiveEvent]:
    """Yield the decisions of review groups that have a date."""
    review = Session.parse(load_record(library, session).raw).fields.review
    for group in review.groups if review else []:
        if isinstance(group.review_date, datetime) and group.status and group.status != "PENDING":
            who, decision = group.reviewed_by.display_name if group.reviewed_by else "", group.status.lower()
            text = f"Review {decision} for the group {group.group or 'unknown'}"
            yield ArchiveEvent(DECISION, session, group.review_date.timestamp(), who, text, verb=decision)
