"""Loaded sessions of the inbox, filtered and sorted incrementally, because a list can have 10,000 of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from replay_tui.archive.library.sessions import ArchivedCounts
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.gateway.review_policy import is_running
from replay_tui.ui.inbox.orders import NEWEST, OLDEST, ORDERS

UNKNOWN_RANK = 0.5
"""Sorts a session of unknown risk above one without risk, below one with low risk."""
_REVIEWS = ("PENDING", "APPROVED", "PROCESSING")


class InboxTab(StrEnum):
    """A part of the list; the value is its title."""

    ALL = "All"
    MINE = "Waits for me"
    FLAGGED = "Flagged"
    LIVE = "Live"


class InboxRow(Struct):
    """A listed session with the values that filters and orders use, computed when the session changes.

    `start` and `requested` are in seconds since 1970, `duration` in seconds, `size` in bytes, `rank` from 0 (no risk
    reported) to 3 (high), `flagged` by the gateway's data; `text` is the text that a filter searches, in lower case.
    `archived` are the counts of the library, None if it does not have the session. `what` is one line that tells what
    it did. `needs_reading` is True until the session itself was read, because the list has no AI analysis;
    `is_unreadable` is True after that failed.
    """

    session: Session
    what: str = ""
    needs_reading: bool = True
    is_unreadable: bool = False
    id: str = ""
    start: float = 0.0
    requested: float = 0.0
    rank: float = 0.0
    duration: float = 0.0
    size: int = 0
    review: float = 0.0
    flagged: bool = False
    live: bool = False
    text: str = ""
    archived: ArchivedCounts | None = None

    def __post_init__(self) -> None:
        self._derive()

    @staticmethod
    def from_session(session: Session) -> InboxRow:
        """Return the row of a listed session."""
        return InboxRow(session, needs_reading=not session.is_judged)

    @property
    def is_judged(self) -> bool:
        """Return True if the risk is known."""
        return self.session.is_judged

    def update(self, listed: Session) -> bool:
        """Take the values of the list and return True if they differ.

        What was read of the session itself is kept unless it has ended since.
        """
        before, self.is_unreadable = self.session.fields, False
        if listed.is_judged or not self.is_judged:
            self.session, self.needs_reading = listed, not listed.is_judged
        elif listed.raw.get("end_date") == self.session.raw.get("end_date"):
            self.session, self.needs_reading = listed.completed_by(self.session), listed.fields.end_date is None
        else:
            self.session, self.needs_reading = listed, True
        if self.session.fields == before:
            return False
        self._derive()
        return True

    def complete(self, session: Session, what: str) -> None:
        """Take the values of the session itself, read from the gateway."""
        self.session, self.what, self.needs_reading, self.is_unreadable = session, what, False, False
        self._derive()

    def _derive(self) -> None:
        session = self.session
        fields, severity, review = session.fields, session.severity, session.fields.review
        values = (
            session.display_user, fields.user, session.display_connection, fields.type, fields.connection_subtype,
            fields.status, fields.id,
            fields.connection_tags, fields.metadata, fields.labels, fields.integrations_metadata,
            fields.ai_analysis and fields.ai_analysis.title, self.what,
        )  # fmt: skip
        self.id = str(fields.id)
        self.start, self.requested = _seconds(fields.start_date), _seconds(session.requested_at)
        self.rank = severity.rank + 1 if severity else 0.0 if session.is_judged else UNKNOWN_RANK
        self.duration, self.size = session.wall_clock_seconds or 0.0, fields.event_size or 0
        status = review.status if review else None
        self.review = _REVIEWS.index(status) if status in _REVIEWS else len(_REVIEWS) if review else len(_REVIEWS) + 1
        self.flagged, self.live = session.flagged, is_running(session)
        self.text = "\n".join(str(value) for value in values if value).lower()


def _seconds(moment: object) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


class InboxRows:
    """The loaded rows; `visible` are those of the `view` that match `text`, in an order per view.

    `max_severities` maps session ids to the highest severity of this program's findings, which flags a session too.
    The sessions that wait for the user are a list of their own, because they can be older than the loaded pages.
    """

    def __init__(self, *, text: str = "", view: InboxTab = InboxTab.ALL, sort: str = NEWEST) -> None:
        self.text, self.view = text, view
        self._sorts = dict.fromkeys(InboxTab, sort if sort in ORDERS else NEWEST) | {InboxTab.MINE: OLDEST}
        self.max_severities: Mapping[str, str] = {}
        self.waits: Callable[[Session], bool] = lambda _session: False
        self.visible: list[InboxRow] = []
        self._loaded: dict[str, InboxRow] = {}
        self._waiting: dict[str, InboxRow] = {}
        self._counts: dict[InboxTab, int] | None = None
        self._judged: tuple[int, int] = 0, 0

    def __len__(self) -> int:
        return len(self._loaded)

    @property
    def loaded(self) -> Collection[InboxRow]:
        """All loaded rows, without those that are only known to wait for the user."""
        return self._loaded.values()

    @property
    def sort(self) -> str:
        """Name of the order of the current view."""
        return self._sorts[self.view]

    @sort.setter
    def sort(self, name: str) -> None:
        """Set the order of the current view; those of the others follow, unless they have one of their own."""
        for view in (
            [InboxTab.MINE] if self.view is InboxTab.MINE else [one for one in InboxTab if one is not InboxTab.MINE]
        ):
            self._sorts[view] = name

    @property
    def saved_sort(self) -> str:
        """Name of the order of all sessions."""
        return self._sorts[InboxTab.ALL]

    @property
    def needs_all_judged(self) -> bool:
        """Return True if rows outside the view matter too: their risk decides which rows are shown, and where."""
        return self.view is InboxTab.FLAGGED or (self.view is not InboxTab.MINE and ORDERS[self.sort].column == "risk")

    @property
    def counts(self) -> Mapping[InboxTab, int]:
        """The number of loaded sessions in each view, whatever the text filter."""
        self._count()
        assert self._counts is not None
        return self._counts

    @property
    def judged(self) -> int:
        """The number of loaded sessions whose risk is known."""
        self._count()
        return self._judged[0]

    @property
    def unreadable(self) -> int:
        """The number of loaded sessions that could not be read."""
        self._count()
        return self._judged[1]

    def _count(self) -> None:
        if self._counts is None:
            rows = self._loaded.values()
            flagged, live = sum(map(self._is_flagged, rows)), sum(row.live for row in rows)
            self._counts = {
                InboxTab.ALL: len(rows),
                InboxTab.MINE: len(self._waiting),
                InboxTab.FLAGGED: flagged,
                InboxTab.LIVE: live,
            }
            self._judged = sum(row.is_judged for row in rows), sum(row.is_unreadable for row in rows)

    def add(self, sessions: Iterable[Session]) -> None:
        """Add a page: new sessions, and updates of loaded ones."""
        fresh: list[InboxRow] = []
        changed = False
        for session in sessions:
            row = self._row(str(session.fields.id))
            if row is None:
                row = InboxRow.from_session(session)
            elif row.update(session):
                changed = True
            if row.id not in self._loaded:
                fresh.append(row)
            self._loaded[row.id] = row
        self._counts = None
        if changed:
            self.apply()
        elif fresh and self.view is not InboxTab.MINE:
            self.visible.extend(row for row in fresh if self._passes(row))
            self.visible.sort(key=ORDERS[self.sort].key)

    def put_waiting(self, sessions: Iterable[Session], waits: Callable[[Session], bool]) -> None:
        """Replace the sessions that wait for the user. `waits` tells whether a session still does after a change."""
        self.waits = waits
        rows = {}
        for session in sessions:
            row = self._row(str(session.fields.id)) or InboxRow.from_session(session)
            row.update(session)
            rows[row.id] = row
        self._waiting = rows
        self.apply()

    def replace(self, session: Session, what: str = "") -> bool:
        """Update one session that was read itself, whatever it was. Return True if that changed it."""
        changed = self.complete([(str(session.fields.id), session, what)])
        if changed:
            self.apply()
        return changed

    def complete(self, read: Iterable[tuple[str, Session, str]]) -> bool:
        """Update sessions that were read themselves: ids, sessions, and what they did. Return True if any changed."""
        changed, waiting = False, len(self._waiting)
        for session_id, session, what in read:
            row = self._row(session_id)
            if row is None:
                continue
            before = row.session.fields, row.is_judged, row.what
            row.complete(session, what or row.what)
            if before == (row.session.fields, row.is_judged, row.what):
                continue
            if session_id in self._waiting and not self.waits(session):
                del self._waiting[session_id]
            changed = True
        self._counts = None
        # Without a filter the risk changes neither the visible rows nor their order, which costs time to find.
        if changed and (
            self.text or self.needs_all_judged or self.view is InboxTab.MINE or len(self._waiting) != waiting
        ):
            self.apply()
        return changed

    def mark_unreadable(self, session_ids: Iterable[str]) -> None:
        """Record that sessions could not be read."""
        for session_id in session_ids:
            if row := self._row(session_id):
                row.needs_reading, row.is_unreadable = False, True
        self._counts = None

    def keep(self, ids: Collection[str]) -> None:
        """Remove the sessions whose id is not in `ids`."""
        if len(ids) < len(self._loaded):
            self._loaded = {one: row for one, row in self._loaded.items() if one in ids}
            self.apply()

    def clear(self) -> None:
        """Remove all sessions but those that wait for the user."""
        self._loaded.clear()
        self.apply()

    def apply(self) -> None:
        """Filter and sort all rows again, after `text`, `view`, `sort` or `max_severities` changed."""
        rows = self._waiting if self.view is InboxTab.MINE else self._loaded
        self._counts = None
        self.visible = sorted(filter(self._passes, rows.values()), key=ORDERS[self.sort].key)

    def position_of(self, session_id: str) -> int | None:
        """Return the index of a session among the visible rows, None if it is not visible."""
        return next((at for at, row in enumerate(self.visible) if row.id == session_id), None)

    def depth_of(self, row: InboxRow) -> int:
        """Return how many loaded sessions, newest first, are needed to include this one."""
        return sum(other.start >= row.start for other in self._loaded.values())

    def _row(self, session_id: str) -> InboxRow | None:
        return self._loaded.get(session_id) or self._waiting.get(session_id)

    def _is_flagged(self, row: InboxRow) -> bool:
        return row.flagged or self.max_severities.get(row.id) in (Severity.MEDIUM, Severity.HIGH)

    def _passes(self, row: InboxRow) -> bool:
        if self.view is InboxTab.FLAGGED and not self._is_flagged(row):
            return False
        if self.view is InboxTab.LIVE and not row.live:
            return False
        return self.text.lower() in row.text
