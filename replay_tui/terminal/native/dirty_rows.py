"""Dirty rows: the rows of a terminal that were written to since the last read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay_tui.terminal.native.ghostty import check, ffi, freed_with, lib, new

_DIRTY, _ROWS = lib.GHOSTTY_RENDER_STATE_DATA_DIRTY, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
_ALL_DIRTY = lib.GHOSTTY_RENDER_STATE_DIRTY_FULL
_RAW = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW
_MAX_RAW_ROWS = 4
"""Raw cells are returned for at most this many rows; for more, reading their text in one call is faster."""
_OPERATION = "read the changed rows"


class DirtyRows:
    """Reads the dirty rows of one native terminal.

    The library does not mark a row dirty if it only received a combining mark; the owner sets `uncertain` after writing
    bytes that may contain one, and the next read covers all rows.
    """

    def __init__(self) -> None:
        self.uncertain = False
        state, rows = new("GhosttyRenderState*"), new("GhosttyRenderStateRowIterator*")
        check(lib.ghostty_render_state_new(ffi.NULL, state), _OPERATION)
        self._free_state = freed_with(self, lib.ghostty_render_state_free, state[0])
        check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, rows), _OPERATION)
        self._free_rows = freed_with(self, lib.ghostty_render_state_row_iterator_free, rows[0])
        self._state, self._rows, self._y = state[0], rows, new("uint16_t*")
        self._dirty, self._cells = new("GhosttyRenderStateDirty*"), new("GhosttyCellsView*")

    def rows(self, terminal: Any) -> dict[int, bytes | None] | None:
        """Return the rows written to since the last call, in row order; None means all rows (scroll, screen switch).

        The values are the raw cells if there are few rows. The result may include unchanged rows, but never misses a
        changed one. Raises `EmulatorError`.
        """
        state, dirty = self._state, self._dirty
        check(lib.ghostty_render_state_update(state, terminal), _OPERATION)
        check(lib.ghostty_render_state_get(state, _DIRTY, dirty), _OPERATION)
        uncertain, self.uncertain = self.uncertain, False
        if not dirty[0]:
            return None if uncertain else {}
        found: dict[int, bytes | None] | None = None
        if dirty[0] != _ALL_DIRTY and not uncertain:
            check(lib.ghostty_render_state_get(state, _ROWS, self._rows), _OPERATION)
            found = self._changed(self._rows[0])
        check(lib.ghostty_render_state_clean(state), _OPERATION)
        return found

    def cells(self, terminal: Any) -> Iterator[tuple[int, Any, bool]]:
        """Yield (row, raw cells, may lack a combining mark) of the same rows, all rows where `rows` returns None.

        The cells are a view of the library's memory, valid until the next row. Raises `EmulatorError`.
        """
        state, dirty, y, cells = self._state, self._dirty, self._y, self._cells
        check(lib.ghostty_render_state_update(state, terminal), _OPERATION)
        check(lib.ghostty_render_state_get(state, _DIRTY, dirty), _OPERATION)
        uncertain, self.uncertain = self.uncertain, False
        check(lib.ghostty_render_state_get(state, _ROWS, self._rows), _OPERATION)
        rows, every, count = self._rows[0], uncertain or dirty[0] == _ALL_DIRTY, 0
        following = lib.ghostty_render_state_row_iterator_next_dirty
        while lib.ghostty_render_state_row_iterator_next(rows) if every else dirty[0] and following(rows, y):
            check(lib.ghostty_render_state_row_get(rows, _RAW, cells), _OPERATION)
            yield count if every else y[0], ffi.buffer(cells.ptr, cells.len * 8), uncertain
            count += 1
        check(lib.ghostty_render_state_clean(state), _OPERATION)

    def _changed(self, rows: Any) -> dict[int, bytes | None]:
        found: dict[int, bytes | None] = {}
        y, cells = self._y, self._cells
        following, get = lib.ghostty_render_state_row_iterator_next_dirty, lib.ghostty_render_state_row_get
        while following(rows, y):
            if len(found) < _MAX_RAW_ROWS and not get(rows, _RAW, cells):
                found[y[0]] = ffi.buffer(cells.ptr, cells.len * 8)[:]
            else:
                found[y[0]] = None
        return found if len(found) <= _MAX_RAW_ROWS else dict.fromkeys(found)
