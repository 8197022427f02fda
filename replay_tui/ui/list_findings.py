"""The findings of all sessions of a list, worked out one session after another in the calling thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from replay_tui.domain.cancellation import Cancelled
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import ReplayError, UnreadableSource
from replay_tui.domain.finding import Finding
from replay_tui.domain.session import Session
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.session_download import read_whole
from replay_tui.presenters.wall_clock import day_and_time
from replay_tui.recording import Recording
from replay_tui.settings.log_file import log_hint
from replay_tui.sources import read_all
from replay_tui.ui.session_ref import SessionRef

logger = logging.getLogger(__name__)
MAX_FINDINGS_PER_SESSION = 200
"""Findings of one session in the list; it says so where there are more."""


@dataclass(frozen=True, slots=True)
class ListFinding:
    """A finding of the session at `position` of the list: who did it, where, and when that session began."""

    position: int
    session: Session
    finding: Finding

    @property
    def text(self) -> str:
        """What a filter looks through; not clean."""
        return f"{self.when} {self.session.title} {self.finding.evidence} {self.finding.message}"

    @property
    def when(self) -> str:
        """The session's date and time of day."""
        return day_and_time(self.session.fields.start_date)


@dataclass(slots=True)
class ListFindings:
    """What is known so far of `sessions`: `rows` in the list's order, how many are `done`, sentences on what is not.

    It can be left and gone on with: a session that is done is not read again.
    """

    sessions: Sequence[SessionRef]
    rules: tuple[Rule, ...] = ()
    rows: list[ListFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: int = 0

    @property
    def complete(self) -> bool:
        """Whether every session was looked at."""
        return self.done >= len(self.sessions)

    def work(self, cancel: CancelToken, came: Callable[[], object]) -> None:
        """Go on with the sessions that are left; `came` is called after each. Ends early when cancelled."""
        while not self.complete and not cancel.is_set:
            ref, position = self.sessions[self.done], self.done
            try:
                rows = self._look(ref, position, cancel)
            except Cancelled:
                return
            except ReplayError as error:
                self.notes.append(str(error))
            except Exception as bug:  # one session must not cost the list
                reraise_if_debugging()
                name = ref.title or ref.path
                logger.exception("Analysing %s failed", name)
                self.notes.append(f"{name}: analysing it failed ({type(bug).__name__}). {log_hint()}")
            else:
                self.rows += rows
            self.done += 1
            came()

    def _look(self, ref: SessionRef, position: int, cancel: CancelToken) -> list[ListFinding]:
        times = "ms" if ref.times == "ms" else "s"
        loaded = read_whole(ref.client, ref.path, cancel) if ref.client else read_all(ref.path, times=times)  # type: ignore[arg-type]
        if loaded is None:
            raise UnreadableSource(f"{ref.title or ref.path}: the gateway gave no answer.")
        recording = Recording(loaded)
        recording.custom_rules = self.rules
        session, found = recording.session, recording.findings
        self.notes += [
            f"{ref.title or session.title}: {one.sentence}." for one in recording.fidelity if one.is_unanalysed
        ]
        if len(found) > MAX_FINDINGS_PER_SESSION:
            self.notes.append(
                f"{ref.title or session.title} has {len(found):,} findings; the first {MAX_FINDINGS_PER_SESSION} are "
                "listed."
            )
        return [ListFinding(position, session, one) for one in found[:MAX_FINDINGS_PER_SESSION]]
