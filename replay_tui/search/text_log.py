"""Log of every text that a recorded screen displayed, as it is searched. It may still grow in another thread."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

from replay_tui.search.invisible_text import as_sent
from replay_tui.search.wrapped_lines import WrappedLine


class TextLog:
    """The columns `texts`, `times`, `previous_texts` and `rows` have one value per entry.

    Attributes:
        complete: True when nothing will be added, so that a search need not wait.
        texts: the longest text of each entry.
        times: the time of its first appearance in seconds.
        previous_texts: the text that its row held before, empty if irrelevant.
        rows: the screen row, `NO_ROW` for a line that was never on a compared screen.
        growth: for an entry that grew, (length in characters, seconds) of each stage, including the first.
        grown: numbers of entries in the order of their growth.
        wrapped: lines longer than a row, on the screen or scrolled off.
    """

    complete = False
    texts: Sequence[str]
    previous_texts: Sequence[str]
    wrapped: Sequence[WrappedLine]

    def __init__(self) -> None:
        self.times = array("d")
        self.rows = array("i")
        self.growth: dict[int, list[tuple[int, float]]] = {}
        self.grown: list[int] = []
        self._as_sent: list[tuple[int, str]] | None = None  # of the complete log

    def time_of(self, entry: int, end: int) -> float:
        """Return the time (seconds) at which the first `end` characters of an entry were on the screen."""
        growth = self.growth.get(entry)
        if not growth:
            return self.times[entry]
        return growth[min(bisect_left(growth, (end, -1.0)), len(growth) - 1)][1]

    def texts_as_sent(self) -> list[tuple[int, str]]:
        """Return the entries that were drawn as lines: their numbers, and the letters that were sent for them."""
        if self._as_sent is not None:
            return self._as_sent
        complete = self.complete  # read first: if it is True, the texts read below are final
        found = ((number, text) for number, text in enumerate(self.texts) if not text.isascii())
        changed = [(number, sent) for number, text in found if (sent := as_sent(text)) != text]
        self._as_sent = changed if complete else None
        return changed
