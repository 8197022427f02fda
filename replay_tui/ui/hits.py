"""Where a search stands: what is looked for, what has been found, and the hit before or after a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

from replay_tui.analysis.query import Query
from replay_tui.analysis.search import Hit


class Hits:
    """The hits of the newest search in the order of time. `search` is its number: what older ones find is dropped.

    Several may stand at one moment: `at` tells which of them was gone to.
    """

    def __init__(self) -> None:
        self.search = 0
        self.query: Query | None = None
        self.found: list[Hit] = []
        self.at: Hit | None = None

    def begin(self, query: Query | None) -> None:
        """Forget what was found and look for something else; None for nothing."""
        self.search += 1
        self.query, self.found, self.at = query, [], None

    def add(self, hits: Sequence[Hit]) -> None:
        """Take more hits, in any order."""
        self.found = sorted([*self.found, *hits], key=_time)

    def number(self, seconds: float) -> int | None:
        """The position of the hit at the playhead: of several the one gone to, else the first; None for none."""
        first, end = bisect_left(self.found, seconds, key=_time), bisect_right(self.found, seconds, key=_time)
        if self.at is not None and self.at.time == seconds:
            return next((at for at in range(first, end) if self.found[at] is self.at), first)
        return first if first < end else None

    def beyond(self, seconds: float, direction: int) -> int | None:
        """The position of the hit after the one at the playhead, or before it; None where there is none."""
        position = self.number(seconds)
        if position is not None:
            position += direction
        elif direction > 0:
            position = bisect_right(self.found, seconds, key=_time)
        else:
            position = bisect_left(self.found, seconds, key=_time) - 1
        return position if 0 <= position < len(self.found) else None

    def match(self, seconds: float) -> int:
        """The number, from 1, of the hit at the playhead, else of the last one before it; 0 for none."""
        position = self.number(seconds)
        return bisect_left(self.found, seconds, key=_time) if position is None else position + 1


_time = attrgetter("time")
