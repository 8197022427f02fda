"""Going from statement to statement and from finding to finding; several at one time are stepped through one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from replay_tui.ui.actions.base import ReplayBase

SAME = 1e-9
"""Seconds within which two moments are one."""


class StepActions(ReplayBase):
    """`stepped_to` is the number of the statement that was gone to, `stepped_finding` that of the finding, which tells
    those of one time apart."""

    stepped_to: int | None = None
    stepped_finding: int | None = None

    def action_statement(self, direction: int) -> None:
        times = self.stage.statement_times
        if not times:
            known = self.findings is not None
            self.say("No statements in this session." if known else "Still reading the statements.")
            return
        number = self._neighbour(times, self.current_statement(), direction)
        if number is None:
            self.say(f"No {'later' if direction > 0 else 'earlier'} statement.")
            return
        self.step_to(times[number], statement=number)

    def action_flagged(self, direction: int) -> None:
        if self.findings is None:
            self.say("Still looking for what is flagged.")
            return
        worth = [number for number, one in enumerate(self.findings) if not one.routine]
        times = [self.findings[number].time for number in worth]
        current = self.current_finding()
        at = worth.index(current) if current in worth else None
        found = self._neighbour(times, at, direction)
        if found is None:
            which = "later" if direction > 0 else "earlier"
            self.say(f"No {which} flagged moment." if worth else "No flagged moment in this session.")
            return
        number = worth[found]
        self.step_to(times[found], statement=self.findings[number].statement, finding=number)

    def step_to(self, seconds: float, *, statement: int | None = None, finding: int | None = None) -> None:
        """Put the playhead at a moment, for the sake of one of the statements or findings there."""
        self.stepped_to, self.stepped_finding = statement, finding
        self.seek(seconds)

    def current_statement(self) -> int | None:
        """The statement that was stepped to, while the playhead is still at it."""
        number, times = self.stepped_to, self.stage.statement_times
        return number if number is not None and number < len(times) and self._is_at(times[number]) else None

    def current_finding(self) -> int | None:
        """The finding that was stepped to, while the playhead is still at it."""
        number, found = self.stepped_finding, self.findings or ()
        return number if number is not None and number < len(found) and self._is_at(found[number].time) else None

    def _neighbour(self, times: Sequence[float], current: int | None, direction: int) -> int | None:
        """The number of what comes next (1) or before (-1) at these `times`, None where there is nothing.

        `current` is the number that was stepped to, else what is at or before the playhead counts. In a script all have
        one time, and the way begins at its first or its last.
        """
        here = self.transport.position
        if current is None and times and self.stage.is_one_moment:
            return 0 if direction > 0 else len(times) - 1
        if current is None:
            current = bisect_right(times, here + SAME) - 1
            if direction < 0 and current >= 0 and times[current] < here - SAME:
                current += 1  # between two of them the one before is the current one itself
        following = current + direction
        return following if 0 <= following < len(times) else None

    def _is_at(self, seconds: float) -> bool:
        """Whether the playhead stands at a moment; beyond the end there is none."""
        return abs(min(seconds, self.transport.duration) - self.transport.position) < SAME
