"""A list of lines drawn by need: a hundred thousand rows cost no more than what is visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Item = TypeVar("Item")


class LineList(ScrollView, Generic[Item], can_focus=True):
    """Items, a line each, with a cursor. `paint` turns an item into a styled, already clean line.

    The row `current` (the one at the playhead) is marked, rows from `future` on are dimmed. A `header` stays on top.
    A filter keeps only the items for which it says yes; positions in messages are those of the unfiltered items.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home", "move_to(0)", show=False),
        Binding("end", "move_to(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--cursor",
        "line-list--current",
        "line-list--future",
        "line-list--empty",
    }

    class Moved(Message):
        """The cursor moved to `item`, which stood at `position` of `sender` then (the list may have changed since)."""

        def __init__(self, sender: LineList[Any], position: int) -> None:
            self.sender, self.position, self.item = sender, position, sender.items[position]
            super().__init__()

        @property
        def control(self) -> LineList[Any]:
            return self.sender

    class Chosen(Moved):
        """The item at `position` was chosen by Enter or a click."""

    def __init__(
        self,
        paint: Callable[[Item, int], Text],
        *,
        empty: str = "",
        id: str | None = None,
        text_of: Callable[[Item], str] = str,
    ) -> None:
        super().__init__(id=id)
        self._paint, self._empty, self._text_of = paint, empty, text_of
        self._items: Sequence[Item] = ()
        self._rows: Sequence[int] = range(0)
        self._filter: Callable[[Item], bool] | None = None
        self._strips: dict[tuple[int, int], Strip] = {}
        self.cursor = 0
        self.current = -1
        self.future: int | None = None
        self.widest = 0
        self.header: Text | None = None

    @property
    def items(self) -> Sequence[Item]:
        """All items, filtered or not."""
        return self._items

    @property
    def selected(self) -> int | None:
        """The position of the item under the cursor, None in an empty list."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    @property
    def _top(self) -> int:
        return 1 if self.header is not None else 0

    def set_items(self, items: Sequence[Item], widest: int = 0) -> None:
        """Show other items. `widest` is the width of the longest line in cells, 0 to cut at the pane."""
        self._items, self.widest = items, widest
        self._apply()

    def set_filter(self, keep: Callable[[Item], bool] | None) -> None:
        """Show only the items that `keep` says yes to."""
        self._filter = keep
        self._apply()

    @property
    def shown(self) -> int:
        """How many rows the filter lets through."""
        return len(self._rows)

    def filter_text(self, text: str) -> None:
        """Show only the items whose text holds `text`, whatever its case; all for an empty one."""
        wanted = text.lower()
        self.set_filter((lambda item: wanted in self._text_of(item).lower()) if wanted else None)

    def _apply(self) -> None:
        selected = self.selected
        keep = self._filter
        self._rows = range(len(self._items)) if keep is None else [i for i, it in enumerate(self._items) if keep(it)]
        self._strips.clear()
        self.virtual_size = Size(self.widest, max(1, len(self._rows)) + self._top)
        self.cursor = min(self.cursor, max(0, len(self._rows) - 1))
        if selected is not None and keep is None and selected < len(self._rows):
            self.cursor = selected
        self.refresh()

    def mark(self, current: int, future: int | None = None, *, follow: bool = True) -> None:
        """Mark item `current` (-1: none) and dim those from `future` on; `follow` brings the current one into view."""
        if (current, future) == (self.current, self.future):
            return
        self.current, self.future = current, future
        row = self._row_of(current)
        if follow and row is not None:
            self.cursor = row
            self._reveal()
        self.refresh()

    def _row_of(self, position: int) -> int | None:
        if isinstance(self._rows, range):
            return position if 0 <= position < len(self._rows) else None
        return self._rows.index(position) if position in self._rows else None

    def text_at(self, position: int) -> str:
        """An item's line as it is shown, clean."""
        return self._paint(self._items[position], max(self.size.width, self.widest)).plain.strip()

    def move_to_item(self, position: int) -> None:
        """Put the cursor on an item."""
        row = self._row_of(position)
        if row is not None:
            self._go(row)

    def _go(self, row: int) -> None:
        if not self._rows:
            return
        self.cursor = min(max(0, row), len(self._rows) - 1)
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self._rows[self.cursor]))

    def _reveal(self) -> None:
        self.scroll_to_region(Region(int(self.scroll_x), self.cursor, 1, 1 + self._top), animate=False, force=True)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._go(self.cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self._go(self.cursor + pages * max(1, self.size.height - 1))

    def action_move_to(self, row: int) -> None:
        """Move the cursor to a row, -1 for the last."""
        self._go(len(self._rows) - 1 if row < 0 else row)

    def action_choose(self) -> None:
        """Choose the item under the cursor."""
        if self.selected is not None:
            self.post_message(self.Chosen(self, self.selected))

    def on_click(self, event: events.Click) -> None:
        row = int(self.scroll_y) + event.y - self._top
        if 0 <= row < len(self._rows) and event.y >= self._top:
            self._go(row)
            self.action_choose()

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        row, left, width = int(self.scroll_y) + y - self._top, int(self.scroll_x), self.size.width
        base = self.visual_style.rich_style
        if self.header is not None and y == 0:
            strip = self._drawn(self.header.copy(), max(width, self.widest)).crop(left, left + width)
            return _over(strip, base + Style(underline=True), Style())
        if row >= len(self._rows):
            text = self._empty if not self._rows and y == self._top else ""
            style = base + self.get_component_rich_style("line-list--empty", partial=True)
            return Strip([Segment(text, style)]).adjust_cell_length(width, base)
        position = self._rows[row]
        strip = self._strip(position, max(width, self.widest))
        style = base
        if self.future is not None and position >= self.future:
            style += self.get_component_rich_style("line-list--future", partial=True)
        over = Style()
        if position == self.current:
            over += self.get_component_rich_style("line-list--current", partial=True)
        if row == self.cursor and self.has_focus:
            over += self.get_component_rich_style("line-list--cursor", partial=True)
        return _over(strip.crop(left, left + width).adjust_cell_length(width), style, over)

    def _strip(self, position: int, width: int) -> Strip:
        key = (position, width)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > 2000:
                self._strips.clear()
            strip = self._strips[key] = self._drawn(self._paint(self._items[position], width), width)
        return strip

    def _drawn(self, text: Text, width: int) -> Strip:
        text.no_wrap, text.end = True, ""
        segments = [Segment(segment.text, segment.style or Style()) for segment in text.render(self.app.console)]
        return Strip(segments).adjust_cell_length(width)


def _over(strip: Strip, base: Style, over: Style) -> Strip:
    """The strip's own styles between a base below them and a mark above them."""
    return Strip(
        [Segment(segment.text, base + (segment.style or Style()) + over) for segment in strip], strip.cell_length
    )
