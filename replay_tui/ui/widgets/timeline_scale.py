"""Where moments stand on a timeline of so many cells, and which mark a cell shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from replay_tui.domain.timeline_mark import TimelineMark

MIN_DURATION_SECONDS = 1e-9
"""Seconds up to which a recording has no length."""


@dataclass(frozen=True, slots=True)
class PlacedMarks:
    """The marks of one cell: the `first`, which is shown, how many there are, and whether at `several` moments."""

    first: TimelineMark
    count: int
    several: bool


@dataclass(frozen=True, slots=True)
class TimelineScale:
    """`duration` seconds on `cells` cells of equal length, as the slots of `analysis.activity` are.

    The last one holds also what is at the end.
    """

    duration: float
    cells: int

    def cell(self, seconds: float) -> int:
        """The cell of a moment."""
        if self.duration <= MIN_DURATION_SECONDS:
            return 0
        length = self.duration / self.cells
        cell = int(seconds / length)
        # A division may be a hair off what the slots are bounded by.
        cell += (seconds >= (cell + 1) * length) - (seconds < cell * length)
        return min(self.cells - 1, max(0, cell))

    def part(self, cell: int) -> float:
        """Which part (0 to 1) of the recording a cell stands for; one outside counts as the nearest.

        The first is the start and the last the end, of any other it is the middle.
        """
        if cell <= 0 or self.cells == 1:
            return 0.0
        return 1.0 if cell >= self.cells - 1 else (cell + 0.5) / self.cells

    def idle_cells(self, gaps: Iterable[tuple[float, float]]) -> frozenset[int]:
        """The cells that lie wholly within idle stretches."""
        least = self.duration / self.cells / 2  # a shorter one covers no cell; there may be thousands
        long = ((start, end) for start, end in gaps if end - start > least)
        return frozenset(cell for start, end in long for cell in range(self.cell(start) + 1, self.cell(end)))

    def place(self, layers: Iterable[Sequence[TimelineMark]]) -> dict[int, PlacedMarks]:
        """What is marked in each cell that has any mark: shown is the first one of the first of the layers there.

        Each layer is in the order of time. The cost depends on the cells that are marked, not on the number of marks.
        """
        cells: dict[int, PlacedMarks] = {}
        for layer in layers:
            start = 0
            while start < len(layer):
                mark = layer[start]
                cell = self.cell(mark.time)
                end = bisect_right(layer, cell, start, key=lambda one: self.cell(one.time))
                known = cells.get(cell) or PlacedMarks(mark, 0, several=False)
                several = known.several or not known.first.time == mark.time == layer[end - 1].time
                cells[cell] = PlacedMarks(known.first, known.count + end - start, several)
                start = end
        return cells


def levels(activity: Sequence[tuple[int, int]]) -> list[int]:
    """How busy each slot was, 0 to 8, from its bytes of output and input. Little stays visible beside a flood."""
    most = max((out + typed for out, typed in activity), default=0)
    return [max(1, round(((out + typed) / most) ** 0.5 * 8)) if out + typed else 0 for out, typed in activity]
