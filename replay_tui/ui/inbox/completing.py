"""Controller that reads the sessions of rows, because the gateway's list has no AI analysis."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay_tui.archive.triage import what_happened
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.session import Session
from replay_tui.gateway.session_details import MAX_PARALLEL, SessionDetails
from replay_tui.ui.background import Task
from replay_tui.ui.inbox.rows import InboxRow
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule

ROWS_AROUND = 20
"""Rows above and below the view that are read too."""
FLUSH_SECONDS = 0.1
"""Results of this time are shown together, because each update of the list costs time."""
READING = "reading a session"


@dataclass(frozen=True, slots=True)
class _Completed:
    """What was read for a row that was `listed` so; out of date if the row has been listed again since."""

    row: InboxRow
    listed: Session
    session: Session
    what: str

    @property
    def is_current(self) -> bool:
        return self.row.session is self.listed


class Completing:
    """Reads at most `MAX_PARALLEL` sessions at a time, those in the view first. `changed` is called after updates."""

    def __init__(self, state: InboxState, view: InboxView, details: SessionDetails, rules: tuple[Rule, ...]) -> None:
        self._state, self._view, self._details, self._rules = state, view, details, rules
        self._queue: deque[InboxRow] = deque()
        self._reading: set[str] = set()
        self._read: list[_Completed] = []
        self._unreadable: list[str] = []
        self._flush_planned = False

    @property
    def is_busy(self) -> bool:
        """Return True while sessions are being read or their results are not shown yet."""
        return bool(self._reading or self._read or self._unreadable)

    def want(self) -> None:
        """Read the rows that are needed now; rows that were needed before and are not read yet are dropped."""
        self._queue = deque(self._needed())
        self._start()

    def stop(self) -> None:
        """Cancel all requests."""
        self._queue.clear()
        self._reading.clear()
        self._view.reads.cancel(READING)

    def resume(self) -> None:
        """Try again what failed, and read running sessions again."""
        self._details.resume()
        self._state.reading_failure = ""

    def forget(self, session_id: str) -> None:
        """Read a session again when it is needed next."""
        self._details.forget(session_id)

    def _needed(self) -> list[InboxRow]:
        rows, listed = self._state.rows, self._view.rows
        first = max(0, int(listed.scroll_y) - ROWS_AROUND)
        window = rows.visible[first : int(listed.scroll_y) + max(listed.size.height, 1) + ROWS_AROUND]
        if rows.needs_all_judged:
            window = window + sorted(rows.loaded, key=lambda row: -row.start)
        wanted = dict.fromkeys(row.id for row in window if row.needs_reading and row.id not in self._reading)
        by_id = {row.id: row for row in window}
        return [by_id[session_id] for session_id in wanted]

    def _start(self) -> None:
        while self._queue and len(self._reading) < MAX_PARALLEL and not self._details.failure:
            row = self._queue.popleft()
            if row.needs_reading and row.id not in self._reading:
                self._request(row)

    def _request(self, row: InboxRow) -> None:
        self._reading.add(row.id)
        session_id, listed = row.id, row.session

        def work(task: Task) -> tuple[Session, str] | None:
            try:
                read = self._details.read(listed, task.cancel)
            except GatewayError:
                return None
            return listed.completed_by(read), what_happened(read, self._rules)

        def done(result: tuple[Session, str] | None) -> None:
            self._reading.discard(session_id)
            if row.session is not listed:  # listed again since: completed again, from what was read
                self._queue.append(row)
            elif result is None:
                row.needs_reading = False
                self._unreadable.append(session_id)
            else:
                row.needs_reading = False
                self._read.append(_Completed(row, listed, *result))
            if not self._flush_planned:
                self._flush_planned = True
                self._view.set_timer(FLUSH_SECONDS, self._flush)
            self._start()

        self._view.reads.start(READING, work, done=done)

    def _flush(self) -> None:
        self._flush_planned = False
        rows, chosen = self._state.rows, self._view.chosen
        rows.complete((one.row.id, one.session, one.what) for one in self._read if one.is_current)
        rows.mark_unreadable(self._unreadable)
        self._read, self._unreadable = [], []
        if self._details.failure and not self._state.reading_failure:
            self._view.report(f"The risk of more sessions was not read. {self._details.failure}")
        self._state.reading_failure = self._details.failure
        self._view.show(self._state.going_to or (chosen.id if chosen else ""))
        self._view.rows_changed()
