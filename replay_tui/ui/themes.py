"""Palette of the interface: the dark and the light theme, in which all text has a contrast of at least 4.5 (WCAG AA).

They replace the themes of Textual with the same names: its light one has grey grounds and amber text. The
recorded screen keeps its own colours (`screen_style.py`). `tests/snapshots/test_contrast.py` computes the contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

RGB = tuple[int, int, int]
MIN_CONTRAST = 4.5
"""Level AA of the Web Content Accessibility Guidelines for text."""

DARK = replace(BUILTIN_THEMES["textual-dark"], variables={"text-error": "#E592A4"})
LIGHT = replace(
    BUILTIN_THEMES["textual-light"],
    background="#FAFAFA",
    surface="#F0F0F0",
    panel="#E2E6EA",
    foreground="#1F1F1F",
    variables={
        "text-primary": "#00396B",
        "text-warning": "#7A4A00",
        "text-error": "#A3162F",
        "text-success": "#1A6334",
        "text-accent": "#7A4A00",
        "primary-muted": "#D3E3F0",
        "warning-muted": "#FBE8C8",
        "error-muted": "#F8DADF",
        "footer-key-foreground": "#00396B",
    },
)
THEMES: tuple[Theme, ...] = (DARK, LIGHT)
_GROUNDS: dict[bool, Sequence[RGB]] = {
    True: ((0x1E, 0x1E, 0x1E), (0x24, 0x2F, 0x38), (0x0C, 0x30, 0x4C)),
    False: ((0xF0, 0xF0, 0xF0), (0xE2, 0xE6, 0xEA), (0xD3, 0xE3, 0xF0)),
}
"""Grounds of highlighted code in the dark and the light theme: panes, the current row, and the cursor's row."""


def luminance(colour: RGB) -> float:
    """Return the relative luminance of a colour, 0 for black and 1 for white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (one / 255 for one in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast of two colours: 1 for equal ones, 21 for black on white."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def readable(colour: RGB, dark: bool) -> RGB:
    """Return the colour, blended with white in the dark theme or black in the light one until it is readable."""
    target = 255 if dark else 0
    for tenth in range(11):
        red, green, blue = (round(part + (target - part) * tenth / 10) for part in colour)
        if all(contrast((red, green, blue), ground) >= MIN_CONTRAST for ground in _GROUNDS[dark]):
            break
    return red, green, blue
