"""State of the search: the query, the hits so far, and the neighbouring hits of a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

from replay_tui.search.query import Query
from replay_tui.search.search import Hit


def count_matches(count: int) -> str:
    """Return `1 match`, `22 matches`."""
    return f"{count:,} match{'' if count == 1 else 'es'}"


class SearchState:
    """The hits of the newest search, ordered by time.

    `current` is the position of the hit that the user went to last; several hits may have the same time.
    """

    def __init__(self) -> None:
        self.query: Query | None = None
        self.hits: list[Hit] = []
        self.current: int | None = None

    def begin(self, query: Query | None) -> None:
        """Replace the query, None for no search, and drop the hits."""
        self.query, self.hits, self.current = query, [], None

    def add(self, hits: Sequence[Hit]) -> None:
        """Add hits, in any order."""
        current = None if self.current is None else self.hits[self.current]
        self.hits = sorted([*self.hits, *hits], key=attrgetter("time"))
        if current is not None:
            self.current = next(position for position, hit in enumerate(self.hits) if hit is current)

    def _at_current(self, seconds: float) -> bool:
        return self.current is not None and abs(self.hits[self.current].time - seconds) < 1e-9

    def beyond(self, seconds: float, direction: int) -> int | None:
        """Return the position of the next (1) or previous (-1) hit as seen from a moment, None if there is no such hit.

        If all hits are at the moment itself, as in output that arrived at once, the next one is the first of them.
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
        """Return the one-based number of the current hit if it is at a moment, else the number of hits up to there."""
        if self.current is not None and self._at_current(seconds):
            return self.current + 1
        return bisect_right(self.hits, seconds, key=attrgetter("time"))
