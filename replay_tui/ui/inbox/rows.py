"""Loaded sessions of the inbox, filtered and sorted incrementally, because a list can have 10,000 of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session

NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A listed session with the values that filters and orders use, computed once.

    `start` is in seconds since 1970, `duration` in seconds, `size` in bytes, `rank` from 0 (no risk reported) to 3
    (high), `flagged` by the gateway's data; `text` is the text that a filter searches, in lower case.
    """

    session: Session
    id: str
    start: float
    rank: int
    duration: float
    size: int
    flagged: bool
    text: str

    @staticmethod
    def from_session(session: Session) -> InboxRow:
        """Return the row of a session."""
        fields, severity = session.fields, session.severity
        start = fields.start_date
        values = (
            session.display_user, fields.user, session.display_connection, fields.type, fields.connection_subtype,
            fields.status, fields.id,
            fields.connection_tags, fields.metadata, fields.labels, fields.integrations_metadata,
            fields.ai_analysis and fields.ai_analysis.title,
        )  # fmt: skip
        return InboxRow(
            session,
            str(fields.id),
            start.timestamp() if isinstance(start, datetime) else 0.0,
            severity.rank + 1 if severity else 0,
            session.wall_clock_seconds or 0.0,
            fields.event_size or 0,
            session.flagged,
            "\n".join(str(value) for value in values if value).lower(),
        )


ORDERS: dict[str, Callable[[InboxRow], tuple[float, float]]] = {
    NEWEST: lambda row: (0.0, -row.start),
    "riskiest": lambda row: (-row.rank, -row.start),
    "longest": lambda row: (-row.duration, -row.start),
    "largest": lambda row: (-row.size, -row.start),
}
"""Sort keys by the name of the order; equal rows are newest first."""


class InboxRows:
    """The loaded rows; `visible` are those that match `text` and, if `flagged` is set, are flagged, ordered by `sort`.

    `max_severities` maps session ids to the highest severity of this program's findings, which flags a session too.
    """

    def __init__(self, *, text: str = "", flagged: bool = False, sort: str = NEWEST) -> None:
        self.text, self.flagged = text, flagged
        self.sort = sort if sort in ORDERS else NEWEST
        self.max_severities: Mapping[str, str] = {}
        self.visible: list[InboxRow] = []
        self._loaded: dict[str, InboxRow] = {}

    def __len__(self) -> int:
        return len(self._loaded)

    def add(self, sessions: Iterable[Session]) -> None:
        """Add a page: new sessions, and updates of loaded ones."""
        fresh: list[InboxRow] = []
        changed = False
        for session in sessions:
            row = InboxRow.from_session(session)
            known = self._loaded.get(row.id)
            if known is None:
                fresh.append(row)
            changed = changed or (known is not None and known.session.raw != session.raw)
            self._loaded[row.id] = row
        if changed:
            self.apply()
        elif fresh:
            self.visible.extend(row for row in fresh if self._passes(row))
            self.visible.sort(key=ORDERS[self.sort])

    def replace(self, session: Session) -> bool:
        """Update one loaded session. Return True if that changed it."""
        row = InboxRow.from_session(session)
        known = self._loaded.get(row.id)
        if known is None or known.session.fields == session.fields:
            return False
        self._loaded[row.id] = row
        self.apply()
        return True

    def keep(self, ids: Collection[str]) -> None:
        """Remove the sessions whose id is not in `ids`."""
        if len(ids) < len(self._loaded):
            self._loaded = {one: row for one, row in self._loaded.items() if one in ids}
            self.apply()

    def clear(self) -> None:
        """Remove all sessions."""
        self._loaded.clear()
        self.visible = []

    def apply(self) -> None:
        """Filter and sort all rows again, after `text`, `flagged`, `sort` or `max_severities` changed."""
        self.visible = sorted(filter(self._passes, self._loaded.values()), key=ORDERS[self.sort])

    def next_sort(self) -> None:
        """Switch to the next order."""
        names = list(ORDERS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]
        self.apply()

    def position_of(self, session_id: str) -> int | None:
        """Return the index of a session among the visible rows, None if it is not visible."""
        return next((at for at, row in enumerate(self.visible) if row.id == session_id), None)

    def depth_of(self, row: InboxRow) -> int:
        """Return how many loaded sessions, newest first, are needed to include this one."""
        return sum(other.start >= row.start for other in self._loaded.values())

    def _passes(self, row: InboxRow) -> bool:
        if self.flagged and not (row.flagged or self.max_severities.get(row.id) in (Severity.MEDIUM, Severity.HIGH)):
            return False
        return self.text.lower() in row.text
