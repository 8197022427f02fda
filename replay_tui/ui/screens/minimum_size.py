"""Terminals that are too small for the recording: what they are told, and that nothing else is mixed with it."""

from __future__ import annotations

from typing import Any

from textual.geometry import Size
from textual.screen import Screen

MIN_SIZE = (40, 12)
"""Columns and rows below which the screen only says what it needs."""


def mark_tiny(screen: Screen[Any]) -> None:
    """Give a screen of such a size the class `tiny`: it shows no notices, and a dialog covers all that is below it."""
    screen.set_class(screen.size.width < MIN_SIZE[0] or screen.size.height < MIN_SIZE[1], "tiny")


def needs(size: Size) -> str:
    """What the program needs, in words that fit a terminal of this size."""
    cols, rows = MIN_SIZE
    if size.width >= 40 and size.height >= 4:
        return f"replay-tui needs {cols} columns and {rows} rows.\nThis terminal has {size.width} and {size.height}."
    if size.width >= 24 and size.height >= 2:
        return f"replay-tui needs {cols}x{rows},\nthis is {size.width}x{size.height}."
    return f"needs {cols}x{rows}"
