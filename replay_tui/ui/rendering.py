"""Text lines as Textual strips, and the filter for control characters."""

from __future__ import annotations

from functools import lru_cache

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.selection import Selection
from textual.strip import Strip

from replay_tui.domain.display_text import blank_unsafe


class ControlFilter(LineFilter):
    """Removes control and invisible characters from all strips, as the last step before the terminal."""

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Replace each character that cannot be seen by a blank or U+FFFD."""
        return [
            segment
            if segment.control is None and segment.text.isascii() and segment.text.isprintable()
            else Segment(_visible(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def _visible(text: str) -> str:
    return blank_unsafe(text)


_SELECTED = Style(reverse=True)


def render_text(text: Text, width: int, console: Console) -> Strip:
    """Return a sanitised line as a strip of `width` cells, padded without style or truncated with an ellipsis."""
    text.truncate(width, overflow="ellipsis")
    text.no_wrap, text.end = True, ""
    segments = [Segment(segment.text, segment.style or Style()) for segment in text.render(console)]
    return Strip(segments).adjust_cell_length(width)


def style_between(strip: Strip, below: Style, above: Style) -> Strip:
    """Return the strip with the style `below` under its own styles and `above` over them."""
    return Strip(
        [Segment(segment.text, below + (segment.style or Style()) + above) for segment in strip], strip.cell_length
    )


def selectable(strip: Strip, x: int, y: int, selection: Selection | None) -> Strip:
    """Return line `y` of a widget's text, visible from column `x` on, with offsets and with selected cells reversed."""
    span = selection.get_span(y) if selection is not None else None
    if span is not None:
        start, end = _cells(span, x, strip.cell_length)
        chosen = [Segment(one.text, (one.style or Style()) + _SELECTED) for one in strip.crop(start, end)]
        strip = Strip.join([strip.crop(0, start), Strip(chosen, end - start), strip.crop(end)])
    return strip.apply_offsets(x, y)


def selected_text(line: Strip, y: int, selection: Selection) -> str | None:
    """Return the selected text of line `y` without trailing blanks, None if the line is not selected."""
    span = selection.get_span(y)
    return None if span is None else line.crop(*_cells(span, 0, line.cell_length)).text.rstrip()


def _cells(span: tuple[int, int], x: int, width: int) -> tuple[int, int]:
    start, end = span
    start = min(max(0, start - x), width)
    return start, width if end < 0 else min(max(start, end - x), width)
