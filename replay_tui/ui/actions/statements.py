"""Going from statement to statement; several at one time are stepped through one by one."""

from __future__ import annotations

from bisect import bisect_right

from replay_tui.ui.actions.base import ReplayBase


class StatementActions(ReplayBase):
    """`stepped_to` is the number of the statement that was gone to, which tells those of one time apart."""

    stepped_to: int | None = None

    def action_statement(self, direction: int) -> None:
        known = self.recording.read
        statements = self.recording.statements if known else []
        if not statements:
            self.say("No statements in this session." if known else "Still reading the statements.")
            return
        times = self.stage.statement_times
        here = self.transport.position
        current = self.current_statement()
        if current is None:
            current = bisect_right(times, here) - 1
            if direction < 0 and current >= 0 and times[current] < here:
                current += 1  # between two statements the one before is the current one itself
        following = current + direction
        if not 0 <= following < len(statements):
            self.say(f"No {'later' if direction > 0 else 'earlier'} statement.")
            return
        self.stepped_to = following
        self.seek(statements[following].time)

    def current_statement(self) -> int | None:
        """The statement that was stepped to, while the playhead is still at it."""
        statements, number = self.stage.statement_times, self.stepped_to
        if number is not None and number < len(statements) and statements[number] == self.transport.position:
            return number
        return None
