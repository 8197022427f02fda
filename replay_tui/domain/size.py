"""The recorded terminal's size: how big, since when, and how we know."""

from __future__ import annotations

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
