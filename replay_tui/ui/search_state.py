"""Where a search stands: what is looked for, what has been found, and the hit before or after a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

from replay_tui.search.query import Query
from replay_tui.search.search import Hit


class SearchState:
    """The hits of the newest search in the order of time.

    `current` is the position of the hit that was gone to last: several may lie at one and the same moment.
    """

    def __init__(self) -> None:
        self.query: Query | None = None
        self.hits: list[Hit] = []
        self.current: int | None = None

    def begin(self, query: Query | None) -> None:
        """Forget what was found and look for something else; None for nothing."""
        self.query, self.hits, self.current = query, [], None

    def add(self, hits: Sequence[Hit]) -> None:
        """Take more hits, in any order."""
        current = None if self.current is None else self.hits[self.current]
        self.hits = sorted([*self.hits, *hits], key=attrgetter("time"))
        if current is not None:
            self.current = next(position for position, hit in enumerate(self.hits) if hit is current)

    def _at_current(self, seconds: float) -> bool:
        return self.current is not None and abs(self.hits[self.current].time - seconds) < 1e-9

    def beyond(self, seconds: float, direction: int) -> int | None:
        """The position of the hit after the one at a moment, or before it; None where there is none.

        Where all hits lie at the moment itself, as in output that came at once, the first of them comes first.
        """
        found, time = self.hits, attrgetter("time")
        if self.current is not None and self._at_current(seconds):
            position = self.current + direction
        elif direction > 0:
            position = bisect_right(found, seconds, key=time)
            if position == len(found) and self.current is None:
                position = bisect_left(found, seconds, key=time)
        else:
            position = bisect_left(found, seconds, key=time) - 1
        return position if 0 <= position < len(found) else None

    def number(self, seconds: float) -> int:
        """The number, from 1, of the hit at a moment; elsewhere how many lie before it."""
        if self.current is not None and self._at_current(seconds):
            return self.current + 1
        return bisect_right(self.hits, seconds, key=attrgetter("time"))
