"""Which rows of a terminal were written to since somebody looked last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay_tui.terminal.ghostty import check, ffi, freed_with, lib, new

_DIRTY, _ROWS = lib.GHOSTTY_RENDER_STATE_DATA_DIRTY, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
_ALL_DIRTY = lib.GHOSTTY_RENDER_STATE_DIRTY_FULL
_RAW = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW
_MAX_RAW_ROWS = 4
"""Rows up to which their raw cells are handed over: of more, reading the text at once is faster."""
_OPERATION = "follow changes"


class DirtyRows:
    """What the library says of one terminal's rows.

    It does not count a row that got but a combining mark: it is `doubtful` after anything that may hold one.
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
        """The rows written to since the last call, in order; None for all of them (a scroll, another screen).

        With each its raw cells where there are but few. A row may be told of though it is as it was, never left out
        though it changed.
        """
        state, dirty = self._state, self._dirty
        check(lib.ghostty_render_state_update(state, terminal), _OPERATION)
        check(lib.ghostty_render_state_get(state, _DIRTY, dirty), _OPERATION)
        doubtful, self.uncertain = self.uncertain, False
        if not dirty[0]:
            return None if doubtful else {}
        found: dict[int, bytes | None] | None = None
        if dirty[0] != _ALL_DIRTY and not doubtful:
            check(lib.ghostty_render_state_get(state, _ROWS, self._rows), _OPERATION)
            found = self._changed(self._rows[0])
        check(lib.ghostty_render_state_clean(state), _OPERATION)
        return found

    def cells(self, terminal: Any) -> Iterator[tuple[int, Any, bool]]:
        """The same rows one by one (all where `rows` says None): number, raw cells, whether a combining mark may lack.

        The cells are the library's own memory, good until the next row.
        """
        state, dirty, y, cells = self._state, self._dirty, self._y, self._cells
        check(lib.ghostty_render_state_update(state, terminal), _OPERATION)
        check(lib.ghostty_render_state_get(state, _DIRTY, dirty), _OPERATION)
        doubtful, self.uncertain = self.uncertain, False
        check(lib.ghostty_render_state_get(state, _ROWS, self._rows), _OPERATION)
        rows, every, count = self._rows[0], doubtful or dirty[0] == _ALL_DIRTY, 0
        following = lib.ghostty_render_state_row_iterator_next_dirty
        while lib.ghostty_render_state_row_iterator_next(rows) if every else dirty[0] and following(rows, y):
            check(lib.ghostty_render_state_row_get(rows, _RAW, cells), _OPERATION)
            yield count if every else y[0], ffi.buffer(cells.ptr, cells.len * 8), doubtful
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
