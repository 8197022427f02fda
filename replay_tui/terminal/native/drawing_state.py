"""Drawing state and styled cells of a native terminal, read for control functions that the library does not implement.

The library has no getter for the pen, the margins and the character sets; its formatter writes them as control
sequences.
"""

from __future__ import annotations

import re
from array import array
from typing import Any, NamedTuple

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_theme import Colour
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.native.cells import cell
from replay_tui.terminal.native.ghostty import check, ffi, lib, new, sized
from replay_tui.terminal.screen import PLAIN, Pen
from replay_tui.terminal.vt_dump import pen_of

_ANSI_MODE = 1 << 15
"""Bit of a mode number that distinguishes ANSI modes (SM) from DEC private modes (DECSET)."""
INSERT = 4 | _ANSI_MODE
_PROTECTED, _STYLE_ID_SHIFT, _STYLE_ID_MASK = 1 << 44, 26, 0xFFFF  # bits of a raw cell
_STATE = lazy_compile(  # margins, cursor, the character before a pending wrap, pen, protection, character sets
    rb"(?:\x1b\[(\d+);(\d+)r)?(?:\x1b\[(\d+);(\d+)s)?\x1b\[(\d+);(\d+)H.*?"
    rb"\x1b\[0m((?:\x1b\[[\d;:]*m)*)(\x1b\[\d\"q)?((?:\x1b[()*+].|\x1b[no|}~]|[\x0e\x0f])*)\Z",
    re.DOTALL,
)


class DrawingState(NamedTuple):
    """State that affects how the next characters are drawn.

    Margins and cursor are zero-based and inclusive; `sgr`, `protection` (DECSCA) and `charsets` are control sequences
    that set the state after a reset.
    """

    top: int
    bottom: int
    left: int
    right: int
    x: int
    y: int
    sgr: bytes
    protection: bytes
    charsets: bytes

    @property
    def pen(self) -> Pen:
        """The style of the next characters."""
        return pen_of(self.sgr.decode("ascii"))


class StyledCell(NamedTuple):
    """One cell: `text` is empty for a cell that was never written or was erased, None for the second half of a wide
    character.
    """

    text: str | None
    pen: Pen = PLAIN
    protected: bool = False


class StateReader:
    """Reader of the drawing state. It keeps the C structs, because creating them takes longer than reading."""

    def __init__(self) -> None:
        self._options, self._selection = sized("GhosttyFormatterTerminalOptions*"), sized("GhosttySelection*")
        self._options.emit, self._options.selection = lib.GHOSTTY_FORMATTER_FORMAT_VT, self._selection
        self._options.extra.scrolling_region = True
        for name in ("cursor", "style", "protection", "charsets"):
            setattr(self._options.extra.screen, name, True)
        self._formatter, self._size, self._buffer = new("GhosttyFormatter*"), new("size_t*"), new("uint8_t[]", 1 << 12)

    def read(self, terminal: Any, corner: Any, cols: int, rows: int) -> DrawingState:
        """Return the drawing state of a native terminal. `corner` refers to any cell. Raises `EmulatorError`."""
        formatter, size, buffer = self._formatter, self._size, self._buffer
        self._selection.start = self._selection.end = corner[0]
        result = lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, terminal, self._options[0])
        check(result, "read the drawing state")
        try:
            check(lib.ghostty_formatter_format_buf(formatter[0], buffer, len(buffer), size), "read the drawing state")
        finally:
            lib.ghostty_formatter_free(formatter[0])
        found = _STATE.search(ffi.buffer(buffer, size[0])[:])
        if not found:
            raise EmulatorError("The terminal emulator could not read the drawing state.")
        top, bottom, left, right, y, x = (int(value) - 1 if value else None for value in found.groups()[:6])
        return DrawingState(
            top or 0,
            rows - 1 if bottom is None else bottom,
            left or 0,
            cols - 1 if right is None else right,
            x or 0,
            y or 0,
            found[7],
            found[8] or b"",
            found[9],
        )


def set_mode(terminal: Any, mode: int, on: bool) -> None:
    """Set a mode without the side effects of the control sequence (DECOM moves the cursor). Raises `EmulatorError`."""
    config = new("GhosttyTerminalModeConfig*")
    config.mode, config.value = mode, on
    check(lib.ghostty_terminal_set(terminal, lib.GHOSTTY_TERMINAL_OPT_MODE, config), "set a mode")


def read_cells(raw_rows: list[bytes], left: int, top: int, ref: Any) -> list[list[StyledCell]]:
    """Return the cells of raw rows that begin in a column and row. `ref(x, y)` returns a reference to a cell."""
    styles: dict[tuple[int, int], Pen] = {}  # by page and number: each page numbers its own styles
    known: dict[tuple[int, int], StyledCell] = {}  # by page and raw cell
    style, points, length = sized("GhosttyStyle*"), new("uint32_t[64]"), new("size_t*")
    grid = []
    for y, raw in enumerate(raw_rows, top):
        row: list[StyledCell] = []
        page = int(ffi.cast("uintptr_t", ref(0, y).node))
        for x, value in enumerate(array("Q", raw), left):
            if (same := known.get((page, value))) is not None:
                row.append(same)
                continue
            point, wide, tag = cell(value)
            key = page, value >> _STYLE_ID_SHIFT & _STYLE_ID_MASK
            if key not in styles:
                check(lib.ghostty_grid_ref_style(ref(x, y), style), "read a style")
                styles[key] = _pen(style)
            text: str | None = chr(point) if point else ""
            pen = styles[key]
            if wide in (lib.GHOSTTY_CELL_WIDE_SPACER_TAIL, lib.GHOSTTY_CELL_WIDE_SPACER_HEAD):
                text = None if wide == lib.GHOSTTY_CELL_WIDE_SPACER_TAIL else ""
            elif tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:
                if not lib.ghostty_grid_ref_graphemes(ref(x, y), points, 64, length):
                    text = "".join(map(chr, points[0 : length[0]]))
            elif tag != lib.GHOSTTY_CELL_CONTENT_CODEPOINT:
                text, pen = "", Pen(bg=_background(value, tag))
            row.append(StyledCell(text, pen, bool(value & _PROTECTED)))
            if tag != lib.GHOSTTY_CELL_CONTENT_CODEPOINT_GRAPHEME:  # a cluster's text is not in its cell
                known[page, value] = row[-1]
        grid.append(row)
    return grid


def _background(value: int, tag: int) -> Colour:
    """Return the background colour of a cell without text."""
    if tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
        index = new("GhosttyColorPaletteIndex*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, index)
        return int(index[0])
    rgb = new("GhosttyColorRgb*")
    lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_RGB, rgb)
    return rgb.r, rgb.g, rgb.b


def _pen(style: Any) -> Pen:
    return Pen(
        fg=_colour(style.fg_color),
        bg=_colour(style.bg_color),
        bold=bool(style.bold),
        faint=bool(style.faint),
        italic=bool(style.italic),
        underline=int(style.underline),
        underline_colour=_colour(style.underline_color),
        blink=bool(style.blink),
        inverse=bool(style.inverse),
        hidden=bool(style.invisible),
        strike=bool(style.strikethrough),
        overline=bool(style.overline),
    )


def _colour(colour: Any) -> Colour:
    if colour.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return int(colour.value.palette)
    if colour.tag == lib.GHOSTTY_STYLE_COLOR_RGB:
        rgb = colour.value.rgb
        return int(rgb.r), int(rgb.g), int(rgb.b)
    return None
