"""Colours of exported screens: a dark palette for the colours 0-15, and xterm's colours 16-255."""

from __future__ import annotations

from replay_tui.domain import terminal_theme
from replay_tui.terminal.screen import Colour, Pen, Screen

RGB = tuple[int, int, int]

BASE: tuple[RGB, ...] = (
    (0x1D, 0x1F, 0x21), (0xE0, 0x5F, 0x65), (0x7E, 0xC6, 0x7B), (0xE3, 0xB3, 0x5D), (0x6C, 0x9F, 0xE8),
    (0xB9, 0x86, 0xD9), (0x5F, 0xBD, 0xBD), (0xC9, 0xCC, 0xD1), (0x6B, 0x71, 0x7A), (0xF2, 0x86, 0x8B),
    (0xA2, 0xDE, 0x9E), (0xF4, 0xCD, 0x85), (0x93, 0xBC, 0xF5), (0xD2, 0xAA, 0xEB), (0x8C, 0xD9, 0xD9),
    (0xF2, 0xF4, 0xF7),
)  # fmt: skip
TEXT: RGB = (0xD5, 0xD8, 0xDE)
GROUND: RGB = (0x12, 0x14, 0x17)
_STEPS = (0, 95, 135, 175, 215, 255)


def rgb(colour: Colour, default: RGB, changed: dict[int, RGB]) -> RGB:
    """Return a colour as (red, green, blue). `changed` holds palette entries that the session changed."""
    if colour is None:
        return default
    if isinstance(colour, tuple):
        return colour
    if colour in changed:
        return changed[colour]
    if colour < 16:
        return BASE[colour]
    if colour < 232:
        red, green, blue = (colour - 16) // 36, (colour - 16) // 6 % 6, (colour - 16) % 6
        return _STEPS[red], _STEPS[green], _STEPS[blue]
    grey = 8 + (colour - 232) * 10
    return grey, grey, grey


def default_colours(screen: Screen) -> tuple[RGB, RGB]:
    """Return the default text and background colour of a screen, exchanged if it is reversed (DECSCNM)."""
    text, ground = terminal_theme.default_colours(screen.palette, TEXT, GROUND)
    return (ground, text) if screen.reverse else (text, ground)


def pen_colours(pen: Pen, screen: Screen) -> tuple[RGB, RGB]:
    """Return the text and background colour of a pen on a screen, with inverse video applied."""
    text, ground = default_colours(screen)
    fg, bg = rgb(pen.fg, text, screen.palette), rgb(pen.bg, ground, screen.palette)
    return (bg, fg) if pen.inverse else (fg, bg)


def hex_colour(colour: RGB) -> str:
    """Return a colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
