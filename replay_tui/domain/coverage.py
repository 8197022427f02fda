"""Coverage of a search in many sessions: how many were searched completely, and why the others were not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Coverage:
    """Counts of sessions. `reasons` counts those that were not searched completely, by a phrase such as `withheld`."""

    searched: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str = "", count: int = 1) -> None:
        """Count sessions: searched completely, or not because of `reason`."""
        if reason:
            self.reasons[reason] += count
        else:
            self.searched += count

    @property
    def total(self) -> int:
        """Number of sessions."""
        return self.searched + sum(self.reasons.values())

    @property
    def is_complete(self) -> bool:
        """Return True if everything was searched."""
        return not any(self.reasons.values())
