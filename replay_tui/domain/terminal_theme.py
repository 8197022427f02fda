"""Colours of the recorded terminal that the header of an asciicast or the session itself sets."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from replay_tui.domain.lazy_regex import lazy_compile

RGB = tuple[int, int, int]
FOREGROUND, BACKGROUND, CURSOR = 256, 257, 258
"""Keys of a screen's palette for the default colours of text, background and cursor, after the 256 numbered colours."""
BLACK, WHITE = (0, 0, 0), (0xFF, 0xFF, 0xFF)
_COLOUR = lazy_compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\Z")
_PALETTE_SIZES = (8, 16)
MIN_DISTANCE = 96
"""Least sum of the differences of red, green and blue between text and background."""


class TerminalTheme(Struct, frozen=True):
    """`palette` maps colours 0-15, `FOREGROUND` and `BACKGROUND` to (red, green, blue)."""

    palette: dict[int, RGB] = field(default_factory=dict)


def parse_theme(value: object) -> TerminalTheme | None:
    """Return the theme in `{"fg": "#rrggbb", "bg": "#rrggbb", "palette": "#rrggbb:..."}`; None if it is invalid.

    The palette has 8 or 16 colours; 8 are repeated as the bright ones. A theme with invisible text is invalid.
    """
    if not isinstance(value, dict):
        return None
    names = value.get("palette")
    colours = [_colour(name) for name in names.split(":", _PALETTE_SIZES[-1])] if isinstance(names, str) else []
    if len(colours) not in _PALETTE_SIZES:
        return None
    wanted = dict(enumerate(colours * (_PALETTE_SIZES[-1] // len(colours))))
    wanted |= {FOREGROUND: _colour(value.get("fg")), BACKGROUND: _colour(value.get("bg"))}
    palette = {number: colour for number, colour in wanted.items() if colour is not None}
    if len(palette) < len(wanted) or _distance(palette[FOREGROUND], palette[BACKGROUND]) < MIN_DISTANCE:
        return None
    return TerminalTheme(palette)


def default_colours(palette: Mapping[int, RGB], text: RGB, background: RGB) -> tuple[RGB, RGB]:
    """Return the default colours of text and background: those of a screen's palette, or else the given ones.

    Text that would be invisible is black or white instead. The recorded terminal may have had other colours than the
    given ones, and a session must not hide its whole text.
    """
    text, background = palette.get(FOREGROUND, text), palette.get(BACKGROUND, background)
    if _distance(text, background) < MIN_DISTANCE and not palette.keys().isdisjoint((FOREGROUND, BACKGROUND)):
        text = max(BLACK, WHITE, key=lambda colour: _distance(colour, background))
    return text, background


def _distance(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _colour(value: object) -> RGB | None:
    found = _COLOUR.match(value) if isinstance(value, str) else None
    return (int(found[1], 16), int(found[2], 16), int(found[3], 16)) if found else None
