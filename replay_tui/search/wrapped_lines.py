"""Lines that the terminal wrapped: their rows joined, while they are on the screen and when they scroll off.

A program on the alternate screen may wrap lines itself; rows that are full and meet within a word are joined, too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from replay_tui.domain.display_text import text_width
from replay_tui.search.packed_list import PackedList
from replay_tui.terminal.emulator import Emulator

MAX_ROWS_AROUND = 8
"""Rows that are joined above and below a changed row, so that the log is linear in the changes."""
_MAX_BLANKS_AT_MARGIN = 8
"""A row that ends earlier is not checked for being wrapped; the check takes some microseconds."""
_WITHIN_WORD = frozenset("/_.-:=&?%@~")


class WrappedLine(NamedTuple):
    """A line longer than a row: first seconds, text, positions of the row ends, (length in characters, seconds)."""

    time: float
    text: str
    row_ends: tuple[int, ...]
    growth: tuple[tuple[int, float], ...] = ()

    def at(self, end: int) -> float:
        """Return the time (seconds) at which the first `end` characters were on the screen."""
        if not self.growth:
            return self.time
        return self.growth[min(bisect_left(self.growth, (end, -1.0)), len(self.growth) - 1)][1]


class WrappedLineLog:
    """The wrapped `lines` of a session, each once. `scrolled` are rows of a line whose rest is still on the screen.

    `open_count` is the number of the last lines that were on the screen at the end.
    """

    def __init__(self) -> None:
        self.lines = PackedList(WrappedLine)
        self.open_count = 0
        self.scrolled: list[str] = []
        self._scrolled_first = 0
        self._open_texts: set[str] = set()  # of lines on the screen at the end of an earlier partition
        self._on_screen: dict[
            tuple[bool, int], WrappedLine
        ] = {}  # by screen (is alternate) and number of the first row

    def on_screen(
        self, emulator: Emulator, rows: Sequence[str], changed: Sequence[int], top: int, alt: bool, time: float
    ) -> None:
        """Log the wrapped lines of which a row has changed; `top` is the number of the first of `rows`."""
        limit = emulator.cols - _MAX_BLANKS_AT_MARGIN
        joiner: _RowJoiner | None = None
        done = -1
        for y in changed:
            text, above = rows[y], rows[y - 1]  # above the first row is the last one, which does no harm
            if y <= done or (len(text) < limit > len(above) and text.isascii() and above.isascii()):
                continue
            if joiner is None:
                joiner = _RowJoiner(emulator, rows, alt)
            first, done = joiner.extent(y)
            if first < done:
                self._log((alt, top + first), *joiner.join(first, done), time)

    def _log(self, place: tuple[bool, int], text: str, row_ends: tuple[int, ...], time: float) -> None:
        line = self._on_screen.get(place)
        if line and line.text == text:
            return
        growth: tuple[tuple[int, float], ...] = ()
        if line and text.startswith(line.text):
            growth = (*(line.growth or ((len(line.text), line.time),)), (len(text), time))
            time = line.time
        elif line:
            self.lines.append(line)
        self._on_screen[place] = WrappedLine(time, text, row_ends, growth)

    def on_scrolled_off(self, number: int, text: str, wraps: bool, time: float) -> None:
        """Add row `number`, which scrolled off: a wrapped row or the end of a wrapped line."""
        if not self.scrolled:
            self._scrolled_first = number
        self.scrolled.append(text)
        if not wraps:
            self._add_scrolled(self.scrolled, time)
            self.scrolled = []

    def _add_scrolled(self, rows: Sequence[str], time: float) -> None:
        text, row_ends = _joined(rows)
        line = self._on_screen.pop((False, self._scrolled_first), None)
        if line:
            self.lines.append(line)
        if line is None or line.text.rstrip() != text.rstrip():
            self.lines.append(WrappedLine(time, text, row_ends))

    def finish(self, top_row: str, top: int, time: float) -> None:
        """End the session or partition: add the lines on the screen. `top_row`, number `top`, may continue a line."""
        if self.scrolled:
            rest = self._on_screen.pop((False, top), None)
            text, row_ends = _joined([*self.scrolled, rest.text if rest else top_row])
            if rest:
                row_ends += tuple(len(text) - len(rest.text) + end for end in rest.row_ends)
            self._on_screen[False, self._scrolled_first] = WrappedLine(time, text.rstrip(" "), row_ends)
        self.open_count = len(self._on_screen)
        self.lines += self._on_screen.values()
        self._on_screen.clear()

    def append(self, following: WrappedLineLog, resolve: Callable[[float], float]) -> None:
        """Add the lines of the next partition; `resolve` returns the time of one in the session."""
        for line in following.lines:
            self.add(line._replace(time=resolve(line.time)))
        self._open_texts |= {line.text for line in following.lines[len(following.lines) - following.open_count :]}

    def add(self, line: WrappedLine) -> None:
        """Add a line, unless it was on the screen at the end of an earlier partition."""
        if line.text in self._open_texts:
            self._open_texts.remove(line.text)
        else:
            self.lines.append(line)


class _RowJoiner:
    """Finds out which rows of a screen are wrapped, each once."""

    def __init__(self, emulator: Emulator, rows: Sequence[str], alt: bool) -> None:
        self._emulator, self._rows, self._alt = emulator, rows, alt
        self._cols = emulator.cols
        self._limit = self._cols - _MAX_BLANKS_AT_MARGIN
        self._padded: dict[int, str | None] = {}

    def extent(self, y: int) -> tuple[int, int]:
        """Return the first and last row of the line that row `y` belongs to, within `MAX_ROWS_AROUND`."""
        first = last = y
        while first > max(0, y - MAX_ROWS_AROUND) and self._wrapped(first - 1) is not None:
            first -= 1
        while last + 1 < min(len(self._rows), y + MAX_ROWS_AROUND) and self._wrapped(last) is not None:
            last += 1
        return first, last

    def join(self, first: int, last: int) -> tuple[str, tuple[int, ...]]:
        """Return the text of a line and the positions of its row ends."""
        return _joined([*(self._padded[y] or "" for y in range(first, last)), self._rows[last]])

    def _wrapped(self, y: int) -> str | None:
        """Return a row padded to the margin if it continues in the next row, else None."""
        text = self._rows[y]
        width = len(text) if text.isascii() else text_width(text)
        if width < self._limit:
            return None
        if y not in self._padded:
            padded = self._emulator.wrapped_row(y, text, self._cols)
            if padded is None and self._alt and width == self._cols and self._meet_within_word(y):
                padded = text
            self._padded[y] = padded
        return self._padded[y]

    def _meet_within_word(self, y: int) -> bool:
        """Return True if neither the end of a full row nor the start of the next is blank, a border or a line."""
        return all(end.isalnum() or end in _WITHIN_WORD for end in (self._rows[y][-1:], self._rows[y + 1][:1]))


def _joined(rows: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    row_ends, length = [], 0
    for row in rows[:-1]:
        length += len(row)
        row_ends.append(length)
    return "".join(rows), tuple(row_ends)
