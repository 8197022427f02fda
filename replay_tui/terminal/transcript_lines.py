"""Transcript lines, assembled from rows that a terminal wrapped."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

MAX_LINES = 2_000_000
MAX_LINE_CHARS = 1 << 16
"""A longer wrapped line is split."""

Unfinished = tuple[str, float | None]
"""The text of a wrapped line that continues, and the time in seconds of its last row so far (None if unknown)."""


class TranscriptLine(NamedTuple):
    """A line of text, the time (seconds) of its last write, and its origin: `scrolled`, `alternate` or `screen`."""

    time: float
    text: str
    origin: str = "scrolled"


class LineAssembler:
    """Assembles rows that scrolled off or are on the screen into lines."""

    def __init__(self) -> None:
        self.lines: list[TranscriptLine] = []
        self.unfinished: Unfinished = "", None

    @property
    def full(self) -> bool:
        """Whether the transcript has reached `MAX_LINES`."""
        return len(self.lines) >= MAX_LINES

    def add(
        self, rows: Iterable[tuple[float | None, str, bool]], origin: str = "scrolled", *, ends: bool = True
    ) -> None:
        """Add rows as (time in seconds, text, is wrapped into the next row).

        With `ends` the last line is complete, otherwise the next rows may continue it.
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
    """Sort `lines` by time in place; the last one was written no later than `time` (seconds)."""
    # Limit each time to that of the line below, so that sorting keeps the order of lines and inserts captured screens.
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
