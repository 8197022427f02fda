"""Mouse selection of text in widgets that render their own lines."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

_SELECTED = Style(reverse=True)


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
