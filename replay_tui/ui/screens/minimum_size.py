"""Minimum size of the terminal, and the message that replaces the interface below it."""

from __future__ import annotations

from typing import Any

from textual.geometry import Size
from textual.screen import Screen

MIN_SIZE = (40, 12)
"""Columns and rows below which only the required size is shown."""


def mark_tiny(screen: Screen[Any]) -> None:
    """Set or remove the class `tiny`, with which a screen hides notices and a dialog covers the screen below."""
    screen.set_class(screen.size.width < MIN_SIZE[0] or screen.size.height < MIN_SIZE[1], "tiny")


def size_message(size: Size) -> str:
    """Return the message about the required size, short enough for a terminal of `size`."""
    cols, rows = MIN_SIZE
    if size.width >= 40 and size.height >= 4:
        return f"replay-tui needs {cols} columns and {rows} rows.\nThis terminal has {size.width} and {size.height}."
    if size.width >= 24 and size.height >= 2:
        return f"replay-tui needs {cols}x{rows},\nthis is {size.width}x{size.height}."
    return f"needs {cols}x{rows}"
