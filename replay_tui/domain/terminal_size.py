"""Size of the recorded terminal over time, with the source of each size."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from replay_tui.domain.lazy_regex import lazy_compile

_SIZE = lazy_compile(r"(\d{1,6})x(\d{1,6})\Z", re.ASCII)
MAX_COLS = 1000
MAX_ROWS = 500


class SizeSource(StrEnum):
    """Source of a terminal size. `GUESSED` means inferred without evidence of the width."""

    RECORDED = "recorded"
    RESIZE_EVENT = "resize event"
    INFERRED = "inferred"
    GUESSED = "guessed"
    GIVEN = "given"
    DEFAULT = "default"


class TerminalSize(Struct, frozen=True):
    """Columns and rows in cells, with their source."""

    cols: int
    rows: int
    source: SizeSource = SizeSource.DEFAULT

    @staticmethod
    def clamped(cols: int, rows: int, source: SizeSource) -> TerminalSize:
        """Return the size limited to the range from 2x1 to 1000x500."""
        return TerminalSize(min(max(cols, 2), MAX_COLS), min(max(rows, 1), MAX_ROWS), source)

    @staticmethod
    def parse(text: str) -> TerminalSize | None:
        """Return the size of a resize event such as `120x36`, limited; None if it is invalid or has a zero."""
        found = _SIZE.match(text)
        cols, rows = (int(found[1]), int(found[2])) if found else (0, 0)
        return TerminalSize.clamped(cols, rows, SizeSource.RESIZE_EVENT) if cols and rows else None

    def __str__(self) -> str:
        return f"{self.cols}\u00d7{self.rows}"


class Resize(Struct, frozen=True):
    """Change of the terminal size to `size` before output byte `offset`."""

    offset: int
    size: TerminalSize


DEFAULT_SIZE = TerminalSize(80, 24, SizeSource.DEFAULT)


class SizeTimeline:
    """Terminal sizes by output byte offset. The first size applies from offset 0."""

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
        """The size at offset 0."""
        return self._resizes[0].size

    @property
    def resizes(self) -> list[Resize]:
        """The changes after offset 0, in order."""
        return self._resizes[1:]

    @property
    def all(self) -> list[TerminalSize]:
        """All sizes, in order."""
        return [one.size for one in self._resizes]

    def at(self, offset: int) -> TerminalSize:
        """Return the size at output byte `offset`."""
        return self._resizes[bisect_right(self._resizes, offset, key=lambda one: one.offset) - 1].size

    def next_after(self, offset: int) -> int | None:
        """Return the offset of the first change after `offset`, or None."""
        position = bisect_right(self._resizes, offset, key=lambda one: one.offset)
        return self._resizes[position].offset if position < len(self._resizes) else None
