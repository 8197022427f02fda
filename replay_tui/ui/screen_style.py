"""Style of the recorded screen in the interface: its palette in two themes, pens as Rich styles, rows as strips."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from replay_tui.domain import terminal_theme
from replay_tui.domain.terminal_theme import (
    CURSOR,
    DARK_GROUND,
    DARK_PALETTE,
    DARK_TEXT,
    FOREGROUND,
    RGB,
    Colour,
    resolve_colour,
)
from replay_tui.terminal.screen import PLAIN, Pen, ScreenRow
from replay_tui.ui.viewer_colours import RecordedColour

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
SCREEN_DARK: tuple[RGB, RGB] = (DARK_TEXT, DARK_GROUND)
SCREEN_LIGHT: tuple[RGB, RGB] = ((0x24, 0x29, 0x2E), (0xFC, 0xFC, 0xFA))
"""Default text and background of the recorded screen."""


def default_colours(dark: bool) -> tuple[RGB, RGB]:
    """Return the recorded screen's default text and background colours."""
    return SCREEN_DARK if dark else SCREEN_LIGHT


_FAINT_PART = 0.66
"""Part of faint text's colour in a blend with the background, as Textual blends dim text."""


class ScreenLook(Struct, frozen=True):
    """How pens are shown: the theme, and the screen-wide state of the session.

    `reverse` is DECSCNM; `palette` has the colours that the session changed. `blinks` allows blinking text, and
    `has_underline_styles` underlines in other styles and colours than the text.
    """

    dark: bool = True
    reverse: bool = False
    palette: tuple[tuple[int, RGB], ...] = ()
    blinks: bool = True
    has_underline_styles: bool = False

    @property
    def default_colours(self) -> tuple[RGB, RGB]:
        """Default text and background colour of the screen, exchanged if it is reversed."""
        text, ground = terminal_theme.default_colours(dict(self.palette), *default_colours(self.dark))
        return (ground, text) if self.reverse else (text, ground)

    @property
    def cursor_colours(self) -> tuple[Color, Color]:
        """Colour of the cursor and of the character under it."""
        text, ground = self.default_colours
        return Color.from_rgb(*dict(self.palette).get(CURSOR, text)), Color.from_rgb(*ground)


@lru_cache(maxsize=8192)
def pen_style(pen: Pen, look: ScreenLook) -> Style:
    """Return the Rich style of a pen on the recorded screen."""
    colours = _pen_colours(pen, look)
    (fg, fg_number), (bg, bg_number) = reversed(colours) if pen.inverse else colours
    if pen.hidden:
        fg, fg_number = bg, bg_number
    if pen.faint:
        fg = _blend(fg, bg)
    underline = _underline(pen, look) if look.has_underline_styles and not pen.hidden else ""
    return Style(
        color=RecordedColour.of(fg, fg_number, reduced="2" * (pen.faint and not pen.hidden), always=underline),
        bgcolor=RecordedColour.of(bg, bg_number),
        bold=pen.bold,
        italic=pen.italic,
        underline=pen.underline in (1, 3, 4, 5),
        underline2=pen.underline == 2,
        blink=pen.blink and look.blinks,
        strike=pen.strike,
        overline=pen.overline,
    )


def _pen_colours(pen: Pen, look: ScreenLook) -> list[tuple[RGB, int | None]]:
    """Return text and background colour of a pen before inverse video, with their unchanged numbers in the palette."""
    text, ground = look.default_colours
    changed = dict(look.palette)
    if isinstance(pen.bg, int) and pen.bg < 16 and pen.bg not in changed:
        # Text on a palette colour is chosen to contrast with that colour, not with the theme's background.
        bg = GROUNDS.get(pen.bg) or DARK_PALETTE[pen.bg]
        on_bright = pen.bg == 7 or pen.bg > 8
        black = pen.fg == 0 and pen.bg != 0
        readable = changed.get(FOREGROUND) or default_colours(not on_bright)[0]
        fg = (0, 0, 0) if black else _rgb(pen.fg, readable, not on_bright, changed)
        if pen.fg == pen.bg:  # the program made this text invisible
            fg = bg
    else:
        fg = _rgb(pen.fg, text, look.dark, changed)
        bg = _rgb(pen.bg, ground, look.dark, changed)
    return [
        (rgb, colour if isinstance(colour, int) and colour not in changed else None)
        for rgb, colour in ((fg, pen.fg), (bg, pen.bg))
    ]


def _underline(pen: Pen, look: ScreenLook) -> str:
    """Return SGR parameters of an underline's style and colour, if it has one."""
    params = [f"4:{pen.underline}"] if pen.underline > 2 else []
    if pen.underline and pen.underline_colour is not None:
        red, green, blue = _rgb(pen.underline_colour, SCREEN_DARK[0], look.dark, dict(look.palette))
        params.append(f"58:2::{red}:{green}:{blue}")
    return ";".join(params)


def _blend(fg: RGB, bg: RGB) -> RGB:
    red, green, blue = (round(ground + (ink - ground) * _FAINT_PART) for ink, ground in zip(fg, bg, strict=True))
    return red, green, blue


def _rgb(colour: Colour, default: RGB, dark: bool, changed: dict[int, RGB]) -> RGB:
    return resolve_colour(colour, default, DARK_PALETTE if dark else LIGHT, changed)


def row_strip(row: ScreenRow, cols: int, look: ScreenLook) -> Strip:
    """Return a recorded row as a strip of exactly `cols` cells."""
    segments = [Segment(run.text, pen_style(run.pen, look)) for run in row.runs]
    width = sum(run.width for run in row.runs)
    if width < cols:
        segments.append(Segment(" " * (cols - width), pen_style(PLAIN, look)))
    return Strip(segments, max(cols, width)).crop(0, cols)
