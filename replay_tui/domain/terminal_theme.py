"""Colours of the recorded terminal: a dark palette, and what an asciicast's header or the session itself sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from replay_tui.domain.lazy_regex import lazy_compile

RGB = tuple[int, int, int]
Colour = int | RGB | None
"""A number of the 256 colours, a colour of 24 bits, or None for the default colour."""
FOREGROUND, BACKGROUND, CURSOR = 256, 257, 258
"""Keys of a screen's palette for the default colours of text, background and cursor, after the 256 numbered colours."""
BLACK, WHITE = (0, 0, 0), (0xFF, 0xFF, 0xFF)
DARK_PALETTE: tuple[RGB, ...] = (
    (0x1D, 0x1F, 0x21), (0xE0, 0x5F, 0x65), (0x7E, 0xC6, 0x7B), (0xE3, 0xB3, 0x5D), (0x6C, 0x9F, 0xE8),
    (0xB9, 0x86, 0xD9), (0x5F, 0xBD, 0xBD), (0xC9, 0xCC, 0xD1), (0x6B, 0x71, 0x7A), (0xF2, 0x86, 0x8B),
    (0xA2, 0xDE, 0x9E), (0xF4, 0xCD, 0x85), (0x93, 0xBC, 0xF5), (0xD2, 0xAA, 0xEB), (0x8C, 0xD9, 0xD9),
    (0xF2, 0xF4, 0xF7),
)  # fmt: skip
"""The colours 0-15 on a dark ground."""
DARK_TEXT: RGB = (0xD5, 0xD8, 0xDE)
DARK_GROUND: RGB = (0x12, 0x14, 0x17)
_STEPS = (0, 95, 135, 175, 215, 255)
"""Shades of red, green and blue in xterm's colours 16-231."""
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


def resolve_colour(colour: Colour, default: RGB, palette: Sequence[RGB], changed: Mapping[int, RGB]) -> RGB:
    """Return a colour as (red, green, blue). `palette` holds the colours 0-15, `changed` those that the session set."""
    if colour is None:
        return default
    if isinstance(colour, tuple):
        return colour
    if colour in changed:
        return changed[colour]
    if colour < 16:
        return palette[colour]
    if colour < 232:
        colour -= 16
        return _STEPS[colour // 36], _STEPS[colour // 6 % 6], _STEPS[colour % 6]
    grey = 8 + (colour - 232) * 10
    return grey, grey, grey


def _distance(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _colour(value: object) -> RGB | None:
    found = _COLOUR.match(value) if isinstance(value, str) else None
    return (int(found[1], 16), int(found[2], 16), int(found[3], 16)) if found else None
