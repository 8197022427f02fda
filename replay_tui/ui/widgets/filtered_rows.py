"""Mapping between items of a list and the rows in which a filter shows them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FilteredRows(Generic[Item]):
    """`items`, and the zero-based rows of those for which `keep` returns True (None: all)."""

    def __init__(self, items: Sequence[Item] = (), keep: Callable[[Item], bool] | None = None) -> None:
        self.items, self.keep = items, keep
        self._positions: Sequence[int] = (
            range(len(items)) if keep is None else [number for number, item in enumerate(items) if keep(item)]
        )

    def __len__(self) -> int:
        return len(self._positions)

    def position(self, row: int) -> int | None:
        """Return the position of the item in a row, None if there is no such row."""
        return self._positions[row] if 0 <= row < len(self._positions) else None

    def row_of(self, position: int) -> int | None:
        """Return the row of the item at a position, None if the filter hides it."""
        row = bisect_left(self._positions, position)
        return row if self.position(row) == position else None
