"""Raw cells of the native library (eight bytes each), and the rows and palette read from them."""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import Any

from replay_tui.domain.terminal_theme import BACKGROUND, CURSOR, FOREGROUND
from replay_tui.terminal.native.ghostty import check, ffi, lib, new
from replay_tui.terminal.screen import BLANK_ROW, STYLED_BLANK, Pen, ScreenRow, TextRun

_CELL_CACHE: dict[int, tuple[int, int, int]] = {}
_CHARACTER_CACHE: dict[int, str] = {}
_MAX_CACHED_CELLS = 50_000
_PRINTABLE_ASCII = bytes((0, *range(0x20, 0x7F)))
_DEFAULT_COLOURS = {
    FOREGROUND: lib.GHOSTTY_TERMINAL_DATA_COLOR_FOREGROUND,
    BACKGROUND: lib.GHOSTTY_TERMINAL_DATA_COLOR_BACKGROUND,
    CURSOR: lib.GHOSTTY_TERMINAL_DATA_COLOR_CURSOR,
}


def cell(value: int) -> tuple[int, int, int]:
    """Return (code point, wide flag, content tag) of a raw cell. Cached: equal values have equal parts."""
    known = _CELL_CACHE.get(value)
    if known is None:
        point, wide, tag = new("uint32_t*"), new("GhosttyCellWide*"), new("GhosttyCellContentTag*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CODEPOINT, point)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_WIDE, wide)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CONTENT_TAG, tag)
        if len(_CELL_CACHE) > _MAX_CACHED_CELLS:
            _CELL_CACHE.clear()
        known = _CELL_CACHE[value] = (int(point[0]), int(wide[0]), int(tag[0]))
    return known


def character(value: int) -> str:
    """Return the character of a raw cell, `STYLED_BLANK` for a blank with a style.

    The result is empty for a wide character, a grapheme cluster and a background alone: their text is not in the cell.
    """
    known = _CHARACTER_CACHE.get(value)
    if known is None:
        point, wide, tag = cell(value)
        styled = new("bool*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_HAS_STYLING, styled)
        is_narrow = wide == lib.GHOSTTY_CELL_WIDE_NARROW and tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT
        known = chr(point) if is_narrow and point > 31 else ""
        if len(_CHARACTER_CACHE) > _MAX_CACHED_CELLS:
            _CHARACTER_CACHE.clear()
        known = _CHARACTER_CACHE[value] = STYLED_BLANK if known == " " and styled[0] else known
    return known


def _has_expected_layout() -> bool:
    """Return True if ASCII cells have the bit layout that `ascii_text` expects; the library does not guarantee it."""
    plain = lib.GHOSTTY_CELL_WIDE_NARROW, lib.GHOSTTY_CELL_CONTENT_CODEPOINT
    styled = 0x1234 << 32
    return all(cell(point << 2 | style) == (point, *plain) for point in range(128) for style in (0, styled)) and all(
        cell(ord("a") << 2 | tag)[2] != lib.GHOSTTY_CELL_CONTENT_CODEPOINT for tag in (1, 2, 3)
    )


_LAYOUT_IS_KNOWN = _has_expected_layout()


@lru_cache(maxsize=64)
def _masks(cells: int) -> tuple[bytes, int, int, int]:
    """Return zeros and three bit masks (tag, beyond ASCII, not tag), one byte per cell, for a row of `cells`."""
    tag, beyond, free = (int.from_bytes(bytes((bits,)) * cells, "little") for bits in (0x03, 0xFE, 0x3F))
    return bytes(cells), tag, beyond, free


def ascii_text(raw: bytes) -> str | None:
    """Return the text of a row of raw cells without trailing blanks, None if it contains more than printable ASCII.

    The lowest 24 bits of a cell are a tag (two bits, zero for a character) and the code point. Decoding all cells of a
    row at once is five times faster than reading the row's text from the library.
    """
    cells = len(raw) >> 3
    zero, tag, beyond, free = _masks(cells)
    low, high = int.from_bytes(raw[::8], "little"), int.from_bytes(raw[1::8], "little")
    if low & tag or high & beyond or raw[2::8] != zero or not _LAYOUT_IS_KNOWN:
        return None
    text = (low >> 2 & free | high << 6).to_bytes(cells, "little")
    return None if text.translate(None, _PRINTABLE_ASCII) else text.replace(b"\0", b" ").rstrip(b" ").decode("ascii")


def has_gap(raw: bytes) -> bool:
    """Return True if a row of raw cells may have an unwritten cell before its last written one.

    The lowest 24 bits of an unwritten cell, and of the second half of a wide character, are zero.
    """
    low, middle, high = (int.from_bytes(raw[byte::8], "little") for byte in range(3))
    used = low | middle | high
    return b"\0" in used.to_bytes(-(-used.bit_length() // 8), "little")


def blank_row(raw: bytes) -> ScreenRow:
    """Return a row without text, with its backgrounds as runs of blanks."""
    if raw == bytes(len(raw)):
        return BLANK_ROW
    runs: list[TextRun] = []
    for value in array("Q", raw):
        tag = cell(value)[2]
        colour: Any = None
        if tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
            out = new("GhosttyColorPaletteIndex*")
            lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, out)
            colour = int(out[0])
        elif tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
            rgb = new("GhosttyColorRgb*")
            lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_COLOR_RGB, rgb)
            colour = (rgb.r, rgb.g, rgb.b)
        pen = Pen(bg=colour)
        if runs and runs[-1].pen == pen:
            runs[-1] = TextRun(runs[-1].text + " ", pen, runs[-1].width + 1)
        else:
            runs.append(TextRun(" ", pen, 1))
    return ScreenRow("", tuple(runs))


def raw_rows(terminal: Any) -> list[bytes]:
    """Return the raw cells of each row of a native terminal's screen. Raises `EmulatorError`."""
    state, rows = new("GhosttyRenderState*"), new("GhosttyRenderStateRowIterator*")
    check(lib.ghostty_render_state_new(ffi.NULL, state), "read cells")
    try:
        check(lib.ghostty_render_state_update(state[0], terminal), "read cells")
        check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, rows), "read cells")
        lib.ghostty_render_state_get(state[0], lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, rows)
        view, found = new("GhosttyCellsView*"), []
        while lib.ghostty_render_state_row_iterator_next(rows[0]):
            lib.ghostty_render_state_row_get(rows[0], lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, view)
            found.append(bytes(ffi.buffer(view.ptr, view.len * 8)))
        lib.ghostty_render_state_row_iterator_free(rows[0])
    finally:
        lib.ghostty_render_state_free(state[0])
    return found


def changed_palette(terminal: Any) -> dict[int, tuple[int, int, int]]:
    """Return the (r, g, b) of each palette index that differs from the default palette, and of set default colours."""
    found = _default_colours(terminal)
    current, default = (new("GhosttyColorRgb[256]") for _ in range(2))
    lib.ghostty_terminal_get(terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE, current)
    lib.ghostty_terminal_get(terminal, lib.GHOSTTY_TERMINAL_DATA_COLOR_PALETTE_DEFAULT, default)
    now, usual = bytes(ffi.buffer(current)), bytes(ffi.buffer(default))
    if now == usual:
        return found
    return found | {
        i: (now[3 * i], now[3 * i + 1], now[3 * i + 2])
        for i in range(256)
        if now[3 * i : 3 * i + 3] != usual[3 * i : 3 * i + 3]
    }


def _default_colours(terminal: Any) -> dict[int, tuple[int, int, int]]:
    """Return the default colours that the stream set (OSC 10, 11 and 12)."""
    colour, found = new("GhosttyColorRgb*"), {}
    for number, name in _DEFAULT_COLOURS.items():
        if not lib.ghostty_terminal_get(terminal, name, colour):
            found[number] = colour.r, colour.g, colour.b
    return found
