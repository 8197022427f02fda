"""Transcript lines, assembled from rows that a terminal wrapped, also across two partitions of a session."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct, field

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
    """Assembles rows that scrolled off or are on the screen into `lines`, which stays empty without `keeps_lines`.

    `count` is the number of lines, `first` the first one that is not from the alternate screen.
    """

    def __init__(self, *, keeps_lines: bool = True) -> None:
        self.lines: list[TranscriptLine] = []
        self.count = 0
        self.first: TranscriptLine | None = None
        self.unfinished: Unfinished = "", None
        self._keeps_lines = keeps_lines
        self._last_time = 0.0

    @property
    def full(self) -> bool:
        """Whether the transcript has reached `MAX_LINES`."""
        return self.count >= MAX_LINES

    def add(
        self, rows: Iterable[tuple[float | None, str, bool]], origin: str = "scrolled", *, ends: bool = True
    ) -> None:
        """Add rows as (time in seconds, text, is wrapped into the next row).

        With `ends` the last line is complete, otherwise the next rows may continue it.
        """
        last, added = self._last_time, list[TranscriptLine]()
        text, started = ("", None) if origin == "alternate" else self.unfinished
        add, line = added.append, TranscriptLine
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
            self.first = self.first or (added[0] if added else None)
        self.count += len(added)
        self._last_time = last
        if self._keeps_lines:
            self.lines += added


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


class PartitionStart(Struct, frozen=True):
    """Start of a partition: the emulator's `state` (a snapshot) after `context_bytes` of its stream's output.

    The following `warmup_bytes` lead to the partition. The output before the state is not drawn, but what a control
    sequence means may depend on it.
    """

    state: bytes
    context_bytes: int
    warmup_bytes: int


class PartitionEnd(Struct):
    """End of a partition that another one continues.

    `clean` is False if an unfinished sequence crosses the boundary, so that the partitions cannot be joined.
    `row_write_times` has the time in seconds at which each row of the primary screen was written, None if unknown; a
    negative time refers to a row of the partition before: -1.0 to its first row, -2.0 to its second. `unfinished` is
    an incomplete wrapped line and its start time in seconds. `first_line` is the first line of the primary screen,
    which may continue one of the partition before, and `line_count` the number of lines.
    """

    clean: bool = True
    row_write_times: list[float | None] = field(default_factory=list)
    unfinished: Unfinished = "", None
    first_line: TranscriptLine | None = None
    line_count: int = 0

    def resolve_time(self, time: float) -> float | None:
        """Return the time of a row of the next partition; a negative time is looked up in `row_write_times`."""
        row = -1 - int(time)
        return time if time >= 0 else self.row_write_times[row] if row < len(self.row_write_times) else None
