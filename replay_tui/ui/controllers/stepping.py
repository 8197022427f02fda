"""Stepping from statement to statement and from finding to finding, one by one even at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from replay_tui.domain.finding import Finding, notable, worst_first
from replay_tui.presenters.completeness import no_flagged_text, no_statements_text
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.replay_state import SAME_MOMENT_SECONDS as SAME
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screen_view import ScreenView


class Stepping:
    """Goes to statements and findings and records the current one."""

    def __init__(self, state: ReplayState, screen: ScreenView, playback: Playback) -> None:
        self._state, self._screen, self._playback = state, screen, playback

    def statement(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) statement."""
        times = self._state.statement_times
        if not times:
            known = self._state.findings is not None
            self._screen.say(
                no_statements_text(self._state.completeness)
                if known
                else "Statements are available once the session is analysed."
            )
            return
        number = self._neighbour(times, self._state.current_statement, direction)
        if number is None:
            self._screen.say(f"No {'later' if direction > 0 else 'earlier'} statement.")
            return
        self.step_to(times[number], statement=number)

    def flagged(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) finding of medium or high severity, of any one if there is no such."""
        findings = self._analysed_findings()
        if findings is None:
            return
        stops = set(map(id, notable(findings)))
        worth = [number for number, one in enumerate(findings) if id(one) in stops]
        times = [findings[number].time for number in worth]
        current = self._state.current_finding
        at = worth.index(current) if current in worth else None
        found = self._neighbour(times, at, direction)
        if found is None:
            which = "later" if direction > 0 else "earlier"
            self._screen.say(f"No {which} flagged moment." if worth else no_flagged_text(self._state.completeness))
            return
        number = worth[found]
        self.step_to(times[found], statement=findings[number].statement, finding=number)

    def worst(self) -> None:
        """Go to the most severe finding, the earliest of several."""
        findings = self._analysed_findings()
        if findings is None:
            return
        if not (worst := worst_first(notable(findings))):
            self._screen.say(no_flagged_text(self._state.completeness))
            return
        number = next(number for number, one in enumerate(findings) if one is worst[0])
        self.step_to(worst[0].time, statement=worst[0].statement, finding=number)

    def _analysed_findings(self) -> Sequence[Finding] | None:
        if self._state.findings is None:
            self._screen.say("Flagged moments are available once the session is analysed.")
        return self._state.findings

    def step_to(self, seconds: float, *, statement: int | None = None, finding: int | None = None) -> None:
        """Move the playhead to a moment and make one of its statements or findings the current one."""
        self._state.stepped_statement, self._state.stepped_finding = statement, finding
        self._playback.seek(seconds)

    def _neighbour(self, times: Sequence[float], current: int | None, direction: int) -> int | None:
        """Return the position in `times` of the next (1) or previous (-1) item, None at the end.

        `current` is the position that the user stepped to, None for the one at or before the playhead. In a script all
        items have the same time, and stepping starts at the first or last.
        """
        here = self._state.player.position
        if current is None and times and self._state.is_one_moment:
            return 0 if direction > 0 else len(times) - 1
        if current is None:
            current = bisect_right(times, here + SAME) - 1
            if direction < 0 and current >= 0 and times[current] < here - SAME:
                current += 1  # between two items the previous one is the current one itself
        following = current + direction
        return following if 0 <= following < len(times) else None
