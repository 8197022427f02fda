"""Findings of all sessions in the session list, computed one session after another in a background thread."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.domain.completeness import Searched
from replay_tui.domain.errors import Cancelled
from replay_tui.domain.finding import Finding
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.presenters.completeness import ANALYSING, NOT_ANALYSED, unread_label
from replay_tui.presenters.values import day_and_time
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.archive.scan_result import ScanResult

LOCK_TIMEOUT_SECONDS = 0.05
"""Interval at which a thread that waits for the one before it polls for cancellation."""


class ListFinding(Struct, frozen=True):
    """One finding of the session at `position` of the list, with the result of that session."""

    position: int
    session: ScanResult
    finding: Finding

    @property
    def text(self) -> str:
        """The text that a filter searches; not sanitised."""
        return f"{self.when} {self.session.title} {self.finding.evidence} {self.finding.message}"

    @property
    def when(self) -> str:
        """Date and time of day at which the session started."""
        return day_and_time(self.session.start)


class ListFindings(Struct):
    """Findings of `sessions` known so far: `rows` in the order of the list, and `notes` on what was not analysed.

    The work can be cancelled and resumed; each of the first `done` sessions is analysed once.
    """

    sessions: Sequence[SessionRef]
    rules: tuple[Rule, ...] = ()
    rows: list[ListFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: int = 0
    searched: Counter[Searched] = field(default_factory=Counter)
    """The number of analysed sessions by how much of them was searched."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def no_findings_label(self) -> str:
        """The text that stands in an empty list: whether there is nothing, or nothing in what could be read."""
        if not self.complete:
            return ANALYSING
        if self.searched[Searched.FULLY] == self.done:
            return "nothing flagged"
        return NOT_ANALYSED if self.searched[Searched.NOT] == self.done else "no findings in what could be read"

    @property
    def complete(self) -> bool:
        """Return True if every session was analysed, or cannot be."""
        return self.done >= len(self.sessions)

    def work(self, cancel: CancelToken, on_progress: Callable[[], object]) -> None:
        """Analyse the remaining sessions until `cancel` is set; calls `on_progress` after each.

        If a thread that was cancelled is still analysing a session, waits for it, because its result counts.
        """
        from replay_tui.archive.analyse import ScanJob  # with the engines, for a list only
        from replay_tui.archive.engine import analyse_in_sequence

        while not self._lock.acquire(timeout=LOCK_TIMEOUT_SECONDS):
            if cancel.is_set:
                return
        try:
            on_progress()
            first = self.done
            sources = [ref.source for ref in self.sessions[first:]]
            for number, result in analyse_in_sequence(sources, ScanJob(self.rules), cancel):
                self._add(first + number, result)
                on_progress()
        except Cancelled:
            pass
        finally:
            self._lock.release()

    def _add(self, position: int, result: ScanResult) -> None:
        ref = self.sessions[position]
        is_named = result.user or result.connection  # a recording without metadata is known by its file only
        name = ref.title or (result.title if is_named else "") or ref.path
        if result.failure:
            self.notes.append(result.failure if ref.path in result.failure else f"{name}: {result.failure}")
        label = f"{unread_label(result.completeness)}: " if result.searched is Searched.NOT else ""
        self.notes += [f"{name}: {label}{one.sentence}." for one in result.skipped]
        self.searched[result.searched] += 1
        from replay_tui.archive.scan_result import MAX_KEPT_FINDINGS

        if result.finding_count > MAX_KEPT_FINDINGS:
            self.notes.append(
                f"{name}: {result.finding_count:,} findings; the list shows the first {MAX_KEPT_FINDINGS}."
            )
        self.rows += [ListFinding(position, result, one) for one in result.findings]
        self.done = position + 1
