"""Where a search stands: what is looked for, what has been found, and the hit before or after a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from replay_tui.analysis.query import Query
from replay_tui.analysis.search import Hit


class Hits:
    """The hits of the newest search in the order of time. `search` is its number: what older ones find is dropped."""

    def __init__(self) -> None:
        self.search = 0
        self.query: Query | None = None
        self.found: list[Hit] = []

    def begin(self, query: Query | None) -> None:
        """Forget what was found and look for something else; None for nothing."""
        self.search += 1
        self.query, self.found = query, []

    def add(self, hits: Sequence[Hit]) -> None:
        """Take more hits, in any order."""
        self.found = sorted([*self.found, *hits], key=lambda hit: hit.time)

    def beyond(self, seconds: float, direction: int) -> int | None:
        """The position of the first hit after a moment, of the last one before it; None where there is none."""
        times = [hit.time for hit in self.found]
        position = bisect_right(times, seconds) if direction > 0 else bisect_left(times, seconds) - 1
        return position if 0 <= position < len(times) else None

    def until(self, seconds: float) -> int:
        """How many hits lie at or before a moment."""
        return bisect_right([hit.time for hit in self.found], seconds)
