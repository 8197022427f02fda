"""The recorded terminal's size: how big, since when, and how we know."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_COLS = 1000
MAX_ROWS = 500


class SizeSource(StrEnum):
    """How a size is known."""

    RECORDED = "recorded"
    RESIZE_EVENT = "resize event"
    INFERRED = "inferred"
    GIVEN = "given"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class TerminalSize:
    """Columns and rows in cells, clamped to what a stream may reasonably ask for."""

    cols: int
    rows: int
    source: SizeSource = SizeSource.DEFAULT

    @staticmethod
    def clamped(cols: int, rows: int, source: SizeSource) -> TerminalSize:
        """A size within 2x1 and 1000x500."""
        return TerminalSize(min(max(cols, 2), MAX_COLS), min(max(rows, 1), MAX_ROWS), source)

    def __str__(self) -> str:
        return f"{self.cols}\u00d7{self.rows}"


@dataclass(frozen=True, slots=True)
class Resize:
    """From screen byte `offset` (of the stream's screen lane) on, the terminal had `size`."""

    offset: int
    size: TerminalSize


DEFAULT_SIZE = TerminalSize(80, 24, SizeSource.DEFAULT)


class SizeTimeline:
    """The sizes that a terminal had, by screen byte offset. There is always one from offset 0 on."""

    def __init__(self, first: TerminalSize, resizes: Sequence[Resize] = ()) -> None:
        self._resizes = [Resize(0, first)]
        for resize in sorted(resizes, key=lambda one: one.offset):
            last = self._resizes[-1].size
            if (last.cols, last.rows) == (resize.size.cols, resize.size.rows):
                continue
            if self._resizes[-1].offset == resize.offset:
                self._resizes.pop()
            self._resizes.append(resize)

    @property
    def first(self) -> TerminalSize:
        """The size at the start."""
        return self._resizes[0].size

    @property
    def resizes(self) -> list[Resize]:
        """The changes after the start, in order."""
        return self._resizes[1:]

    def at(self, offset: int) -> TerminalSize:
        """The size in force when the screen byte at `offset` is drawn."""
        return self._resizes[bisect_right(self._resizes, offset, key=lambda one: one.offset) - 1].size

    def next_after(self, offset: int) -> int | None:
        """The offset of the first change after `offset`, None where there is none."""
        position = bisect_right(self._resizes, offset, key=lambda one: one.offset)
        return self._resizes[position].offset if position < len(self._resizes) else None
