"""Raw cells, as the library holds them: eight bytes each, of which it tells the parts, one cell at a time."""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import Any

from replay_tui.terminal.ghostty import lib, new
from replay_tui.terminal.screen import BLANK_ROW, Pen, ScreenRow, TextRun

_CACHE: dict[int, tuple[int, int, int]] = {}
_CHARACTERS: dict[int, str] = {}
_MAX_CACHED = 50_000
FILLED = "\0"
"""What stands for a blank on a background, where a character is all that is told of a cell."""
_SHOWN = bytes((0, *range(0x20, 0x7F)))


def cell(value: int) -> tuple[int, int, int]:
    """Codepoint, wide flag and content tag of a raw cell; the same number always means the same."""
    known = _CACHE.get(value)
    if known is None:
        point, wide, tag = new("uint32_t*"), new("GhosttyCellWide*"), new("GhosttyCellContentTag*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CODEPOINT, point)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_WIDE, wide)
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_CONTENT_TAG, tag)
        if len(_CACHE) > _MAX_CACHED:
            _CACHE.clear()
        known = _CACHE[value] = (int(point[0]), int(wide[0]), int(tag[0]))
    return known


def character(value: int) -> str:
    """What a raw cell shows: one character, `FILLED` for a blank with a style; empty where it alone cannot tell."""
    known = _CHARACTERS.get(value)
    if known is None:
        point, wide, tag = cell(value)
        styled = new("bool*")
        lib.ghostty_cell_get(value, lib.GHOSTTY_CELL_DATA_HAS_STYLING, styled)
        sure = wide == lib.GHOSTTY_CELL_WIDE_NARROW and tag == lib.GHOSTTY_CELL_CONTENT_CODEPOINT
        known = chr(point) if sure and point > 31 else ""
        if len(_CHARACTERS) > _MAX_CACHED:
            _CHARACTERS.clear()
        known = _CHARACTERS[value] = FILLED if known == " " and styled[0] else known
    return known


def _as_expected() -> bool:
    """Whether the library says of all ASCII that it lies where `ascii_text` looks for it, which it does not promise."""
    plain = lib.GHOSTTY_CELL_WIDE_NARROW, lib.GHOSTTY_CELL_CONTENT_CODEPOINT
    styled = 0x1234 << 32
    return all(cell(point << 2 | style) == (point, *plain) for point in range(128) for style in (0, styled)) and all(
        cell(ord("a") << 2 | tag)[2] != lib.GHOSTTY_CELL_CONTENT_CODEPOINT for tag in (1, 2, 3)
    )


_EXPECTED = _as_expected()


@lru_cache(maxsize=64)
def _masks(cells: int) -> tuple[bytes, int, int, int]:
    """For rows of so many cells: zeros, and in each byte the tag, what is more than ASCII, what a tag leaves free."""
    tag, beyond, free = (int.from_bytes(bytes((bits,)) * cells, "little") for bits in (0x03, 0xFE, 0x3F))
    return bytes(cells), tag, beyond, free


def ascii_text(raw: bytes) -> str | None:
    """The text of a row of raw cells without the blanks at its end, None where it holds more than printable ASCII.

    A cell's lowest 24 bits are a tag (two bits, zero for a character) and the code point. All cells of a row are taken
    apart at once: that is five times faster than asking the library for the row's text.
    """
    cells = len(raw) >> 3
    zero, tag, beyond, free = _masks(cells)
    low, high = int.from_bytes(raw[::8], "little"), int.from_bytes(raw[1::8], "little")
    if low & tag or high & beyond or raw[2::8] != zero or not _EXPECTED:
        return None
    text = (low >> 2 & free | high << 6).to_bytes(cells, "little")
    return None if text.translate(None, _SHOWN) else text.replace(b"\0", b" ").rstrip(b" ").decode("ascii")


def blank_row(raw: bytes) -> ScreenRow:
    """A row without text: its backgrounds."""
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
