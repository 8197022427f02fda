"""Native terminal: a handle of the library with access to its size, cursor, modes, drawing state and formatted text."""

from __future__ import annotations

from array import array
from typing import Any

from replay_tui.domain.display_text import text_width
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.native.cells import cell, raw_rows
from replay_tui.terminal.native.dirty_rows import DirtyRows
from replay_tui.terminal.native.drawing_state import (
    DrawingState,
    StateReader,
    StyledCell,
    read_cells,
    set_mode,
)
from replay_tui.terminal.native.ghostty import check, ffi, freed_with, grid_ref, lib, new, sized
from replay_tui.terminal.native.snapshot import CONTINUATION_LIMIT, ExtendedState, decode_snapshot, encode_snapshot
from replay_tui.terminal.unsupported_functions import WORK_PER_MIB
from replay_tui.terminal.vt_dump import Cell

MAX_SCROLLBACK_BYTES = 1 << 28
"""Memory limit of the scrollback; callers that use one drain it long before."""
PLAIN, VT = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN, lib.GHOSTTY_FORMATTER_FORMAT_VT
"""Formats of text: without and with styles."""

_ACTIVE, _HISTORY = lib.GHOSTTY_POINT_TAG_ACTIVE, lib.GHOSTTY_POINT_TAG_HISTORY
_PLACE = {"ACTIVE_SCREEN": "GhosttyTerminalScreen", "SCROLLBACK_ROWS": "size_t", "CURSOR_Y": "uint16_t"}
SIDE_MARGINS = 69
"""DEC private mode that enables left and right margins (DECLRMM)."""


class NativeTerminal:
    """A terminal of `cols` x `rows` cells.

    `history` is the maximum number of scrollback lines; None means the library's own limit (some hundred lines). With 0
    the terminal is twice as fast, but a resize to more rows cannot restore lines from the scrollback.

    `extended` is the state of control functions that the library lacks; their work is limited to `work_limit`.
    """

    work_limit = WORK_PER_MIB

    def __init__(self, cols: int, rows: int, history: int | None = None) -> None:
        handle = new("GhosttyTerminal*")
        check(lib.ghostty_terminal_new(ffi.NULL, handle, cols, rows), "create a terminal")
        self._adopt(handle, ExtendedState())
        self.set_scrollback(history)
        self._set("CONTINUATION_MAX_BYTES", "size_t*", CONTINUATION_LIMIT)

    def set_scrollback(self, history: int | None) -> None:
        """Set the maximum number of scrollback lines for further output; None keeps the current limit."""
        if history is not None:
            self._set("SCROLLBACK_MAX_LINES", "size_t*", history)
            self._set("SCROLLBACK_MAX_BYTES", "size_t*", MAX_SCROLLBACK_BYTES if history else 0)

    def _adopt(self, handle: Any, extended: ExtendedState) -> None:
        self._terminal, self.extended = handle[0], extended
        self._free = freed_with(self, lib.ghostty_terminal_free, self._terminal)
        self._set("KITTY_IMAGE_STORAGE_LIMIT", "uint64_t*", 0)
        self._set("KITTY_IMAGE_MEDIUM_FILE", "bool*", False)
        self._set("KITTY_IMAGE_MEDIUM_SHARED_MEM", "bool*", False)
        # Without a folder for temporary files the library loads no images from them.
        lib.ghostty_terminal_set(self._terminal, lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_MEDIUM_TEMP_FILE, ffi.NULL)
        self._format: tuple[Any, ...] | None = None
        self._buffer = new("uint8_t[]", 1 << 14)
        self._slots: dict[str, tuple[int, Any]] = {}
        self._places: tuple[Any, ...] | None = None
        self._changes: DirtyRows | None = None
        self._style: Any = None
        self._state_reader: StateReader | None = None
        self._last_col = self._get("COLS") - 1
        self._has_side_margins = self.mode(SIDE_MARGINS)

    def _set(self, option: str, ctype: str, value: Any) -> None:
        key = getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        check(lib.ghostty_terminal_set(self._terminal, key, new(ctype, value)), f"set {option}")

    def _get(self, name: str, ctype: str = "uint16_t") -> Any:
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = (getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}"), new(f"{ctype}*"))
        if lib.ghostty_terminal_get(self._terminal, slot[0], slot[1]):
            raise EmulatorError(f"The terminal emulator could not read {name}.")
        return slot[1][0]

    def _normalize(self) -> None:
        """Replace the native terminal by its own snapshot, without state that a snapshot does not contain.

        Reflowing depends on such state (how the library allocated its pages), so that a resize of a restored emulator
        would otherwise give another screen than the same resize of the original.
        """
        if (snapshot := self.snapshot()) is None:
            return
        limits = [(name, self._get(name, "size_t")) for name in ("SCROLLBACK_MAX_LINES", "SCROLLBACK_MAX_BYTES")]
        self._free()
        self._adopt(*decode_snapshot(snapshot))
        for name, value in limits:
            self._set(name, "size_t*", value)

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows)."""
        return self._get("COLS"), self._get("ROWS")

    @property
    def cols(self) -> int:
        """Number of columns; faster than `size`."""
        return int(self._get("COLS"))

    @property
    def cursor(self) -> tuple[int, int]:
        """(column, row), zero-based."""
        return self._get("CURSOR_X"), self._get("CURSOR_Y")

    @property
    def place(self) -> tuple[bool, int, int]:
        """(alternate screen is active, lines in the scrollback, cursor row), read in one native call."""
        if self._places is None:
            keys = [getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}") for name in _PLACE]
            slots = [new(f"{ctype}*") for ctype in _PLACE.values()]
            self._places = (
                new("GhosttyTerminalData[]", keys), slots, new("void*[]", slots), new("size_t*")
            )  # fmt: skip
        named, slots, values, written = self._places
        check(
            lib.ghostty_terminal_get_multi(self._terminal, len(slots), named, values, written),
            "read the cursor position",
        )
        alt, history, row = slots
        return bool(alt[0]), history[0], row[0]

    @property
    def wrap_pending(self) -> bool:
        """Whether a wrap is pending: the cursor is at the right margin and the next character wraps first."""
        return bool(self._get("CURSOR_PENDING_WRAP", "bool"))

    @property
    def alt(self) -> bool:
        """Whether the alternate screen is active."""
        return bool(self._get("ACTIVE_SCREEN", "GhosttyTerminalScreen"))

    @property
    def history_rows(self) -> int:
        """Lines in the scrollback."""
        return int(self._get("SCROLLBACK_ROWS", "size_t"))

    def mode(self, number: int) -> bool:
        """Return True if a mode is set: a DEC private mode (DECSET), or with bit 15 an ANSI mode (SM)."""
        config = new("GhosttyTerminalModeConfig*")
        config.mode = number
        check(lib.ghostty_terminal_get(self._terminal, lib.GHOSTTY_TERMINAL_DATA_MODE, config), "read a mode")
        return bool(config.value)

    def set_mode(self, number: int, on: bool) -> None:
        """Set a mode without further effects; ANSI modes (SM) have bit 15 set."""
        set_mode(self._terminal, number, on)

    def write_native(self, data: bytes) -> None:
        """Write `data` as it is."""
        lib.ghostty_terminal_vt_write(self._terminal, data, len(data))
        if self._changes and not data.isascii():
            self._changes.uncertain = True

    def drawing_state(self) -> DrawingState:
        """Return cursor, margins, pen, protection and character sets."""
        if self._state_reader is None:
            self._state_reader = StateReader()
        return self._state_reader.read(self._terminal, self._ref(0, 0, False), *self.size)

    def may_work(self, cost: int) -> bool:
        """Count the work of a control function; return False if it exceeds the limit and must not be carried out.

        The cost is an estimate, not a measured time, so that a seek and a linear feed give the same screen.
        """
        extended = self.extended
        if extended.work + cost > self.work_limit:
            extended.refused += 1
            return False
        extended.work += cost
        return True

    @property
    def work(self) -> int:
        """Work so far that counts towards `work_limit`."""
        return self.extended.work

    @property
    def refused(self) -> int:
        """Number of control functions that were not carried out because of `work_limit`."""
        return self.extended.refused

    def styled_cells(self, top: int, left: int, bottom: int, right: int) -> list[list[StyledCell]]:
        """Return the cells of a rectangle, whose bounds are inclusive. Takes up to a microsecond per cell."""
        raw = [row[left * 8 : right * 8 + 8] for row in self.raw_rows()[top : bottom + 1]]
        return read_cells(raw, left, top, lambda x, y: self._ref(x, y, False))

    def raw_rows(self) -> list[bytes]:
        """Return the raw cells of each row of the screen."""
        self._changes = None  # reading cells resets the library's marks of changed rows
        return raw_rows(self._terminal)

    def snapshot(self) -> bytes | None:
        """Return the whole state, None inside a sequence that is longer than `CONTINUATION_LIMIT`."""
        return encode_snapshot(self._terminal, self.extended)

    @property
    def at_ground_state(self) -> bool:
        """Whether the parser is at ground state (not inside a sequence)."""
        return bool(self._get("VT_GROUND", "bool"))

    def _formatted(self, form: int, rows: int, history: bool, *, unwrap: bool = False, first: int = 0) -> bytes:
        """Return `rows` rows in one of the library's formats. The C structs are reused: creating them takes 40 us."""
        selection, options, formatter, size = self._structs()[:4]
        selection.start = self._ref(0, first, history)[0]
        selection.end = self._ref(self._last_col, first + rows - 1, history)[0]
        options.emit, options.selection, options.unwrap = form, selection, unwrap
        options.trim = form == PLAIN
        check(lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._terminal, options[0]), "dump")
        try:
            while result := lib.ghostty_formatter_format_buf(formatter[0], self._buffer, len(self._buffer), size):
                if size[0] <= len(self._buffer):
                    check(result, "dump")
                self._buffer = new("uint8_t[]", size[0] * 2)
            return bytes(ffi.buffer(self._buffer, size[0]))
        finally:
            lib.ghostty_formatter_free(formatter[0])

    def _structs(self) -> tuple[Any, ...]:
        if self._format is None:
            self._format = (
                sized("GhosttySelection*"), sized("GhosttyFormatterTerminalOptions*"),
                new("GhosttyFormatter*"), new("size_t*"), sized("GhosttyGridRef*"),
                new("GhosttyPointS*"), new("GhosttyRow*"), new("bool*"),
            )  # fmt: skip
        return self._format

    def _ref(self, x: int, y: int, history: bool) -> Any:
        """Return a reference to a cell, valid until the next call. Raises `EmulatorError`."""
        ref, point = self._structs()[4:6]
        value = point.value
        point.tag, value.x, value.y = _HISTORY if history else _ACTIVE, x, y
        check(grid_ref(self._terminal, point[0], ref), "find a cell")
        return ref

    def _resize_native(self, cols: int, rows: int) -> None:
        check(lib.ghostty_terminal_resize(self._terminal, cols, rows, 8, 16), "resize")
        self._last_col = cols - 1

    def _blanks_at_margin(self, text: str, cols: int, y: int, history: bool) -> int:
        """Return the number of blanks at the end of a full row, which its plain text does not contain."""
        gap = cols - text_width(text)
        if gap == 1:  # a blank, or the cell left free by a wide character that did not fit
            raw = new("GhosttyCell*")
            if not lib.ghostty_grid_ref_cell(self._ref(cols - 1, y, history), raw):
                return int(cell(raw[0])[1] != lib.GHOSTTY_CELL_WIDE_SPACER_HEAD)
        return max(0, gap)

    def _wraps(self, y: int, history: bool) -> bool:
        row, wraps = self._structs()[6:]
        if lib.ghostty_grid_ref_row(self._ref(0, y, history), row):
            return False
        lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP, wraps)
        return bool(wraps[0])

    def _has_background(self, x: int, y: int) -> bool:
        """Return True if the style of a cell sets a background."""
        if self._style is None:
            self._style = sized("GhosttyStyle*")
        check(lib.ghostty_grid_ref_style(self._ref(x, y, False), self._style), "read a style")
        return bool(self._style.inverse or self._style.bg_color.tag != lib.GHOSTTY_STYLE_COLOR_NONE)

    def _cells(self, raw: bytes, y: int) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for x, value in enumerate(array("Q", raw)):
            codepoint, wide, tag = cell(value)
            if wide in (lib.GHOSTTY_CELL_WIDE_SPACER_TAIL, lib.GHOSTTY_CELL_WIDE_SPACER_HEAD):
                continue
            text = chr(codepoint) if codepoint else " "
            if tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
                text = self._grapheme(x, y) or text
            is_written = bool(codepoint) or tag != lib.GHOSTTY_CELL_CONTENT_CODEPOINT
            cells.append((text, 2 if wide == lib.GHOSTTY_CELL_WIDE_WIDE else 1, is_written))
        return tuple(cells)

    def _grapheme(self, x: int, y: int) -> str:
        points, count = new("uint32_t[64]"), new("size_t*")
        if lib.ghostty_grid_ref_graphemes(self._ref(x, y, False), points, 64, count):
            return ""
        return "".join(chr(point) for point in points[0 : count[0]])
