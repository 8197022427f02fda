"""Which items of a list stand in which row, while a filter lets only some of them through."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FilteredRows(Generic[Item]):
    """`items` at their positions, and the rows (from 0) in which those that pass the filter are shown."""

    def __init__(self, items: Sequence[Item] = (), keep: Callable[[Item], bool] | None = None) -> None:
        self.items, self.keep = items, keep
        self._positions: Sequence[int] = (
            range(len(items)) if keep is None else [number for number, item in enumerate(items) if keep(item)]
        )

    def __len__(self) -> int:
        return len(self._positions)

    def position(self, row: int) -> int | None:
        """The position of the item in a row, None where there is no such row."""
        return self._positions[row] if 0 <= row < len(self._positions) else None

    def row_of(self, position: int) -> int | None:
        """The row of the item at a position, None where the filter hides it."""
        row = bisect_left(self._positions, position)
        return row if self.position(row) == position else None
