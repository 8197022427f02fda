"""Lines of text with times: rows joined where a terminal wrapped them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

MAX_LINES = 2_000_000
MAX_LINE_CHARS = 1 << 16
"""Characters of a wrapped line after which it is cut in two."""

Unfinished = tuple[str, float | None]
"""A wrapped line of which rows are still to come, and the second at which the last of those so far was written."""


class TranscriptLine(NamedTuple):
    """A line of text, the second it was last written to, and where it stood: `scrolled`, `alternate`, `screen`."""

    time: float
    text: str
    origin: str = "scrolled"


class LineAssembler:
    """Rows as they leave the screen, or stand on it, become lines."""

    def __init__(self) -> None:
        self.lines: list[TranscriptLine] = []
        self.unfinished: Unfinished = "", None

    @property
    def full(self) -> bool:
        """Whether there are as many as a transcript may have."""
        return len(self.lines) >= MAX_LINES

    def add(
        self, rows: Iterable[tuple[float | None, str, bool]], origin: str = "scrolled", *, ends: bool = True
    ) -> None:
        """Add rows: when each was written (seconds), its text, and whether it goes on in the next one.

        With `ends` the last one is whole, else the next rows may go on.
        """
        last = self.lines[-1].time if self.lines else 0.0
        text, started = ("", None) if origin == "alternate" else self.unfinished
        add, line = self.lines.append, TranscriptLine
        for time, part, wraps in rows:
            text, started = text + part if text else part, time if time is not None else started
            if wraps and len(text) < MAX_LINE_CHARS:
                continue
            last = started if started is not None else last
            add(line(last, text.rstrip(" "), origin))
            text, started = "", None
        if text and ends:
            add(line(started if started is not None else last, text.rstrip(" "), origin))
            text, started = "", None
        if origin != "alternate":
            self.unfinished = text, started


def sort_by_time(lines: list[TranscriptLine], time: float) -> None:
    """Sort lines by time, of which the last was written at `time` (seconds) or before."""
    # A line was written no later than the line below it; then what was captured in between can be put in its place.
    below = time
    for position in range(len(lines) - 1, -1, -1):
        written, _, origin = lines[position]
        if origin == "alternate":
            continue
        if written > below:
            lines[position] = lines[position]._replace(time=below)
        else:
            below = written
    lines.sort(key=itemgetter(0))
