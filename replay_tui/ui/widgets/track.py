"""Where moments stand on a timeline of so many cells, and which mark a cell shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from replay_tui.domain.finding import Mark, MarkKind

_RANK = [MarkKind.RESIZE, MarkKind.MARKER, MarkKind.STATEMENT, MarkKind.SEARCH, MarkKind.BOOKMARK, MarkKind.FINDING]


@dataclass(frozen=True, slots=True)
class Track:
    """`duration` seconds on `cells` cells: the first is the start, the last the end."""

    duration: float
    cells: int

    def cell(self, seconds: float) -> int:
        """The cell of a moment."""
        if self.duration <= 0:
            return 0
        return min(self.cells - 1, max(0, int(seconds / self.duration * (self.cells - 1) + 0.5)))

    def part(self, cell: int) -> float:
        """Which part (0 to 1) of the recording a cell stands for; one outside counts as the nearest."""
        return min(max(0, cell), self.cells - 1) / max(1, self.cells - 1)

    def idle_cells(self, gaps: Iterable[tuple[float, float]]) -> frozenset[int]:
        """The cells that lie wholly within idle stretches."""
        return frozenset(cell for start, end in gaps for cell in range(self.cell(start) + 1, self.cell(end)))

    def place(self, marks: Iterable[Mark]) -> dict[int, list[Mark]]:
        """The marks of each cell that has any, the weightiest first, then by time."""
        cells: dict[int, list[Mark]] = {}
        for mark in marks:
            cells.setdefault(self.cell(mark.time), []).append(mark)
        for placed in cells.values():
            placed.sort(key=lambda mark: (-weight(mark), mark.time))
        return cells


def weight(mark: Mark) -> int:
    """How much a mark says: a flagged moment more than a statement, a severe one more than a light one."""
    return _RANK.index(mark.kind) * 4 + (mark.severity.rank if mark.severity else 0)


def levels(activity: Sequence[tuple[int, int]]) -> list[int]:
    """How busy each slot was, 0 to 8, from its bytes of output and input. Little stays visible beside a flood."""
    most = max((out + typed for out, typed in activity), default=0)
    return [max(1, round(((out + typed) / most) ** 0.5 * 8)) if out + typed else 0 for out, typed in activity]
