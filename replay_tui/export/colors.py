"""Colours of exported screens, on the dark palette."""

from __future__ import annotations

from replay_tui.domain import terminal_theme
from replay_tui.domain.terminal_theme import DARK_GROUND, DARK_PALETTE, DARK_TEXT, RGB, Colour, resolve_colour
from replay_tui.terminal.screen import Pen, Screen


def default_colours(screen: Screen) -> tuple[RGB, RGB]:
    """Return the default text and background colour of a screen, exchanged if it is reversed (DECSCNM)."""
    text, ground = terminal_theme.default_colours(screen.palette, DARK_TEXT, DARK_GROUND)
    return (ground, text) if screen.reverse else (text, ground)


def pen_colours(pen: Pen, screen: Screen) -> tuple[RGB, RGB]:
    """Return the text and background colour of a pen on a screen, with inverse video applied."""
    text, ground = default_colours(screen)
    fg, bg = _rgb(pen.fg, text, screen), _rgb(pen.bg, ground, screen)
    return (bg, fg) if pen.inverse else (fg, bg)


def hex_colour(colour: RGB) -> str:
    """Return a colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def underline_colour(pen: Pen, screen: Screen) -> str:
    """Return the colour of a pen's underline as `#rrggbb`; empty if it is that of the text."""
    return "" if pen.underline_colour is None else hex_colour(_rgb(pen.underline_colour, DARK_TEXT, screen))


def _rgb(colour: Colour, default: RGB, screen: Screen) -> RGB:
    return resolve_colour(colour, default, DARK_PALETTE, screen.palette)
