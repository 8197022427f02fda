"""Rendering of text lines as strips, which are cached and combined with base and cursor styles."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip


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
