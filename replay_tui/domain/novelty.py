"""Novelty of a statement: how often its user, or anybody, has used its shape on the same connection before."""

from __future__ import annotations

from dataclasses import dataclass

MIN_SESSIONS = 5
"""Earlier sessions of a user on a connection below which "new" means little."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """Numbers of earlier sessions of the user on the connection, and of colleagues there, that used the shape.

    Counts, never a score: `own_sessions` of `own_total` sessions, `colleagues` of `colleague_total` other users.
    """

    own_sessions: int
    own_total: int
    colleagues: int
    colleague_total: int

    @property
    def is_new(self) -> bool:
        """Return True if the user has not used the shape on the connection before."""
        return not self.own_sessions

    @property
    def has_too_few_sessions(self) -> bool:
        """Return True if there are too few earlier sessions of the user to compare with."""
        return self.own_total < MIN_SESSIONS

    def as_json(self) -> dict[str, int | bool]:
        """Return the JSON object that `find --new` prints."""
        return {
            "own_sessions": self.own_sessions,
            "own_total": self.own_total,
            "colleagues": self.colleagues,
            "colleague_total": self.colleague_total,
            "too_few_sessions": self.has_too_few_sessions,
        }
