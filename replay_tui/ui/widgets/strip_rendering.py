"""Lines of text as strips: drawn once, styled anew as often as what lies below and above them changes."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip


def render_text(text: Text, width: int, console: Console) -> Strip:
    """A clean line as a strip of `width` cells; its last segments have no style."""
    text.no_wrap, text.end = True, ""
    segments = [Segment(segment.text, segment.style or Style()) for segment in text.render(console)]
    return Strip(segments).adjust_cell_length(width)


def style_between(strip: Strip, below: Style, above: Style) -> Strip:
    """The strip's own styles between a base below them and a mark above them."""
    return Strip(
        [Segment(segment.text, below + (segment.style or Style()) + above) for segment in strip], strip.cell_length
    )
