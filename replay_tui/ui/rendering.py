"""Rendering of recorded rows and text lines as Textual strips, and the filter for control characters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.selection import Selection
from textual.strip import Strip

from replay_tui.domain import terminal_theme
from replay_tui.domain.terminal_theme import CURSOR, FOREGROUND
from replay_tui.domain.text import blank_unsafe
from replay_tui.terminal.screen import Colour, Pen, Screen, ScreenRow

RGB = tuple[int, int, int]

DARK = (
    (0x1D, 0x1F, 0x21), (0xE0, 0x5F, 0x65), (0x7E, 0xC6, 0x7B), (0xE3, 0xB3, 0x5D), (0x6C, 0x9F, 0xE8),
    (0xB9, 0x86, 0xD9), (0x5F, 0xBD, 0xBD), (0xC9, 0xCC, 0xD1), (0x6B, 0x71, 0x7A), (0xF2, 0x86, 0x8B),
    (0xA2, 0xDE, 0x9E), (0xF4, 0xCD, 0x85), (0x93, 0xBC, 0xF5), (0xD2, 0xAA, 0xEB), (0x8C, 0xD9, 0xD9),
    (0xF2, 0xF4, 0xF7),
)  # fmt: skip
LIGHT = (
    (0x24, 0x29, 0x2E), (0xC0, 0x23, 0x2E), (0x1D, 0x7A, 0x2F), (0x8A, 0x60, 0x00), (0x1D, 0x55, 0xB5),
    (0x7D, 0x35, 0xA6), (0x0F, 0x74, 0x7A), (0x8A, 0x90, 0x98), (0x5C, 0x63, 0x6B), (0xD7, 0x3A, 0x45),
    (0x2A, 0x93, 0x3F), (0xA3, 0x75, 0x0A), (0x2E, 0x6B, 0xD1), (0x94, 0x4C, 0xBE), (0x1B, 0x8A, 0x91),
    (0xFA, 0xFB, 0xFC),
)  # fmt: skip
GROUNDS: dict[int, RGB] = {
    1: (0xC4, 0x34, 0x3D), 2: (0x2A, 0x8A, 0x3C), 3: (0x96, 0x70, 0x0E), 4: (0x24, 0x59, 0xBE),
    5: (0x8B, 0x44, 0xB4), 6: (0x1A, 0x8A, 0x91),
}  # fmt: skip
"""Background shades of the six palette colours, dark enough for black and for bright text."""
SCREEN_DARK: tuple[RGB, RGB] = ((0xD5, 0xD8, 0xDE), (0x12, 0x14, 0x17))
SCREEN_LIGHT: tuple[RGB, RGB] = ((0x24, 0x29, 0x2E), (0xFC, 0xFC, 0xFA))
"""Default text and background of the recorded screen."""


def default_colours(dark: bool) -> tuple[RGB, RGB]:
    """Return the recorded screen's default text and background colours."""
    return SCREEN_DARK if dark else SCREEN_LIGHT


@lru_cache(maxsize=8192)
def pen_style(pen: Pen, dark: bool, reverse: bool, palette: tuple[tuple[int, RGB], ...] = ()) -> Style:
    """Return the Rich style of a pen on the recorded screen; `palette` has the colours that the stream redefined."""
    changed = dict(palette)
    text, ground = terminal_theme.default_colours(changed, *default_colours(dark))
    if reverse:
        text, ground = ground, text
    if isinstance(pen.bg, int) and pen.bg < 16 and pen.bg not in changed:
        # Text on a palette colour is chosen to contrast with that colour, not with the theme's background.
        bg = GROUNDS.get(pen.bg) or DARK[pen.bg]
        on_bright = pen.bg == 7 or pen.bg > 8
        black = pen.fg == 0 and pen.bg != 0
        readable = changed.get(FOREGROUND) or default_colours(not on_bright)[0]
        fg = (0, 0, 0) if black else _rgb(pen.fg, readable, not on_bright, changed)
        if pen.fg == pen.bg:  # the program made this text invisible
            fg = bg
    else:
        fg = _rgb(pen.fg, text, dark, changed)
        bg = _rgb(pen.bg, ground, dark, changed)
    if pen.inverse:
        fg, bg = bg, fg
    return Style(
        color=Color.from_rgb(*(bg if pen.hidden else fg)),
        bgcolor=Color.from_rgb(*bg),
        bold=pen.bold,
        dim=pen.faint,
        italic=pen.italic,
        underline=pen.underline in (1, 3, 4, 5),
        underline2=pen.underline == 2,
        strike=pen.strike,
        overline=pen.overline,
    )


def cursor_colours(screen: Screen, dark: bool) -> tuple[Color, Color]:
    """Return the colour of the cursor and that of the character under it."""
    text, ground = terminal_theme.default_colours(screen.palette, *default_colours(dark))
    if screen.reverse:
        text, ground = ground, text
    return Color.from_rgb(*screen.palette.get(CURSOR, text)), Color.from_rgb(*ground)


def _rgb(colour: Colour, default: RGB, dark: bool, changed: Mapping[int, RGB]) -> RGB:
    if colour is None:
        return default
    if isinstance(colour, tuple):
        return colour
    if colour in changed:
        return changed[colour]
    if colour < 16:
        return (DARK if dark else LIGHT)[colour]
    if colour < 232:
        steps = (0, 95, 135, 175, 215, 255)
        colour -= 16
        return steps[colour // 36], steps[colour // 6 % 6], steps[colour % 6]
    grey = 8 + (colour - 232) * 10
    return grey, grey, grey


def row_strip(row: ScreenRow, cols: int, dark: bool, reverse: bool, palette: tuple[tuple[int, RGB], ...]) -> Strip:
    """Return a recorded row as a strip of exactly `cols` cells."""
    segments = [Segment(run.text, pen_style(run.pen, dark, reverse, palette)) for run in row.runs]
    width = sum(run.width for run in row.runs)
    if width < cols:
        segments.append(Segment(" " * (cols - width), pen_style(Pen(), dark, reverse, palette)))
    return Strip(segments, max(cols, width)).crop(0, cols)


class ControlFilter(LineFilter):
    """Removes control and invisible characters from all strips, as the last step before the terminal."""

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Replace each character that cannot be seen by a blank or U+FFFD."""
        return [
            segment
            if segment.control is None and segment.text.isascii() and segment.text.isprintable()
            else Segment(_visible(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def _visible(text: str) -> str:
    return blank_unsafe(text)


_SELECTED = Style(reverse=True)


def render_text(text: Text, width: int, console: Console) -> Strip:
    """Return a sanitised line as a strip of `width` cells, padded without style."""
    text.no_wrap, text.end = True, ""
    segments = [Segment(segment.text, segment.style or Style()) for segment in text.render(console)]
    return Strip(segments).adjust_cell_length(width)


def style_between(strip: Strip, below: Style, above: Style) -> Strip:
    """Return the strip with the style `below` under its own styles and `above` over them."""
    return Strip(
        [Segment(segment.text, below + (segment.style or Style()) + above) for segment in strip], strip.cell_length
    )


def selectable(strip: Strip, x: int, y: int, selection: Selection | None) -> Strip:
    """Return line `y` of a widget's text, visible from column `x` on, with offsets and with selected cells reversed."""
    span = selection.get_span(y) if selection is not None else None
    if span is not None:
        start, end = _cells(span, x, strip.cell_length)
        chosen = [Segment(one.text, (one.style or Style()) + _SELECTED) for one in strip.crop(start, end)]
        strip = Strip.join([strip.crop(0, start), Strip(chosen, end - start), strip.crop(end)])
    return strip.apply_offsets(x, y)


def selected_text(line: Strip, y: int, selection: Selection) -> str | None:
    """Return the selected text of line `y` without trailing blanks, None if the line is not selected."""
    span = selection.get_span(y)
    return None if span is None else line.crop(*_cells(span, 0, line.cell_length)).text.rstrip()


def _cells(span: tuple[int, int], x: int, width: int) -> tuple[int, int]:
    start, end = span
    start = min(max(0, start - x), width)
    return start, width if end < 0 else min(max(start, end - x), width)
