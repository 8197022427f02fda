"""Contrast of text and background."""

from __future__ import annotations

from rich.style import Style


def contrast(style: Style) -> float:
    """Return the WCAG 2 contrast ratio of a style: 1 (none) to 21."""
    assert style.color
    assert style.bgcolor
    one, other = sorted(_luminance(colour.get_truecolor()) for colour in (style.color, style.bgcolor))
    return (other + 0.05) / (one + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
