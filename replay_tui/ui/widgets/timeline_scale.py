"""Scale of the timeline: maps times to cells, and marks to the cells that show them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct

from replay_tui.domain.timeline_mark import TimelineMark

MIN_DURATION_SECONDS = 1e-9
"""A recording up to this duration has a single cell."""


class PlacedMarks(Struct, frozen=True):
    """The marks of one cell: the `first`, which is shown, their number, and whether they are at `several` moments."""

    first: TimelineMark
    count: int
    several: bool


class TimelineScale(Struct, frozen=True):
    """`duration` seconds on `cells` cells of equal length, like the slots of `analysis.activity`.

    The last cell includes the end.
    """

    duration: float
    cells: int

    def cell(self, seconds: float) -> int:
        """Return the cell of a time."""
        if self.duration <= MIN_DURATION_SECONDS:
            return 0
        length = self.duration / self.cells
        cell = int(seconds / length)
        # Correct rounding errors, so that cells have the same bounds as the activity slots.
        cell += (seconds >= (cell + 1) * length) - (seconds < cell * length)
        return min(self.cells - 1, max(0, cell))

    def part(self, cell: int) -> float:
        """Return the part (0 to 1) of the recording at a cell; a cell outside counts as the nearest one.

        The first cell is the start, the last one the end, any other the middle of the cell.
        """
        if cell <= 0 or self.cells == 1:
            return 0.0
        return 1.0 if cell >= self.cells - 1 else (cell + 0.5) / self.cells

    def idle_cells(self, gaps: Iterable[tuple[float, float]]) -> frozenset[int]:
        """Return the cells that lie completely within idle gaps."""
        least = self.duration / self.cells / 2  # shorter gaps cover no cell; there may be thousands
        long = ((start, end) for start, end in gaps if end - start > least)
        return frozenset(cell for start, end in long for cell in range(self.cell(start) + 1, self.cell(end)))

    def place(self, layers: Iterable[Sequence[TimelineMark]]) -> dict[int, PlacedMarks]:
        """Return the marks of each cell that has any; the shown one is the first mark of the first layer.

        Each layer is ordered by time. The cost depends on the number of marked cells, not on the number of marks.
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
    """Return the activity level (0 to 8) of each slot from its bytes; the square root keeps low activity visible."""
    most = max((out + typed for out, typed in activity), default=0)
    return [max(1, round(((out + typed) / most) ** 0.5 * 8)) if out + typed else 0 for out, typed in activity]
