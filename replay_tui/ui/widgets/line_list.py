"""List of lines that renders only visible rows, so that its cost does not depend on their number."""

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
from textual.selection import Selection
from textual.strip import Strip

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import Cancelled
from replay_tui.ui.background import BackgroundTasks, Task
from replay_tui.ui.rendering import render_text, selectable, selected_text, style_between
from replay_tui.ui.widgets.filtered_rows import FilteredRows

Item = TypeVar("Item")

SYNC_FILTER_ITEMS = 5000
"""Lists up to this length are filtered in the interface's thread, longer ones in a background task."""


class LineList(ScrollView, Generic[Item], can_focus=True):
    """Items, one per line, with a cursor. `paint` returns the styled, sanitised line of an item for a width in cells.

    The row `current` (the one at the playhead) is marked, rows from `future` on are italic. A `header` (a line, or a
    function that returns one for a width in cells) stays on top; `empty` is shown if there are no rows. A click chooses
    an item; with `double_click` a single click only moves the cursor. Positions in messages are those of the unfiltered
    items.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
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
        """The cursor moved to `item`, at `position` of `sender` at that time (the list may have changed since)."""

        def __init__(self, sender: LineList[Any], position: int) -> None:
            self.sender, self.position, self.item = sender, position, sender.items[position]
            super().__init__()

        @property
        def control(self) -> LineList[Any]:
            return self.sender

    class Chosen(Moved):
        """The item at `position` was chosen by Enter or a click."""

    class HeaderClicked(Message):
        """The header was clicked at cell `x` of its `width`."""

        def __init__(self, sender: LineList[Any], x: int, width: int) -> None:
            self.sender, self.x, self.width = sender, x, width
            super().__init__()

        @property
        def control(self) -> LineList[Any]:
            return self.sender

    class Filtered(Message):
        """A new filter has been applied."""

        def __init__(self, sender: LineList[Any]) -> None:
            self.sender = sender
            super().__init__()

        @property
        def control(self) -> LineList[Any]:
            return self.sender

    def __init__(
        self,
        paint: Callable[[Item, int], Text],
        *,
        empty: str = "",
        id: str | None = None,
        text_of: Callable[[Item], str] = str,
        double_click: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._paint, self.empty, self._text_of, self._double_click = paint, empty, text_of, double_click
        self._rows: FilteredRows[Item] = FilteredRows()
        self._unmarked = True  # until the first `mark` after the rows were replaced
        self._wanted: tuple[Sequence[Item], Callable[[Item], bool] | None] = (), None
        self.background = BackgroundTasks(self)
        self._strips: dict[tuple[int, int], Strip] = {}
        self.cursor = 0
        self.current = -1
        self.future: int | None = None
        self.widest = 0
        self.header: Text | Callable[[int], Text] | None = None

    @property
    def items(self) -> Sequence[Item]:
        """All items, including those that the filter hides."""
        return self._rows.items

    @property
    def selected(self) -> int | None:
        """The position of the item under the cursor, None in an empty list."""
        return self._rows.position(self.cursor)

    @property
    def _top(self) -> int:
        return 1 if self.header is not None else 0

    def set_items(self, items: Sequence[Item], widest: int = 0) -> None:
        """Replace the items. `widest` is the width of the longest line in cells, 0 to truncate lines at the pane."""
        self.widest = widest
        self._filter_in_background(items, self._wanted[1])

    def repaint(self) -> None:
        """Paint all items again, because something that `paint` uses has changed."""
        self._strips.clear()
        self.refresh()

    def put_items(self, items: Sequence[Item], cursor: int | None) -> None:
        """Replace the items. The cursor moves to item `cursor`, which keeps its row on the screen."""
        above, at_top = self.cursor - int(self.scroll_y), self.scroll_y == 0
        self.set_items(items)
        if cursor is None or not items:
            return
        self.cursor = cursor
        if not self.size.height:  # not laid out yet
            self.call_after_refresh(self._reveal)
        elif not (at_top and cursor < self.size.height - self._top):  # at the top, new rows stay visible
            self.scroll_to(y=max(0, cursor - above), animate=False, force=True)

    def set_filter(self, keep: Callable[[Item], bool] | None) -> None:
        """Show only the items for which `keep` returns True; posts `Filtered` when done."""
        self._filter_in_background(self._wanted[0], keep, lambda: self.post_message(self.Filtered(self)))

    @property
    def shown(self) -> int:
        """The number of rows that the filter shows."""
        return len(self._rows)

    def filter_text(self, text: str) -> None:
        """Show only the items whose text contains `text`, ignoring case; all items for an empty text."""
        wanted = text.lower()
        self.set_filter((lambda item: wanted in self._text_of(item).lower()) if wanted else None)

    def _filter_in_background(
        self,
        items: Sequence[Item],
        keep: Callable[[Item], bool] | None,
        then: Callable[[], object] = lambda: None,
    ) -> None:
        """Filter the items and call `then`; long lists are filtered in a background task."""
        self._wanted = items, keep
        self.background.cancel("filtering the list")

        def show(rows: FilteredRows[Item]) -> None:
            self._apply(rows)
            then()

        def apply_filter(task: Task) -> FilteredRows[Item]:
            def passes(item: Item) -> bool:
                if task.is_cancelled():
                    raise Cancelled
                return keep is None or keep(item)

            return FilteredRows(items, passes)

        if keep is None or len(items) <= SYNC_FILTER_ITEMS:
            show(FilteredRows(items, keep))
        else:
            self.background.start("filtering the list", apply_filter, done=show, detached=True)

    def _apply(self, rows: FilteredRows[Item]) -> None:
        selected, self._rows, self._unmarked = self.selected, rows, True
        self._strips.clear()
        self.virtual_size = Size(self.widest, max(1, len(rows)) + self._top)
        self.cursor = min(self.cursor, max(0, len(rows) - 1))
        if selected is not None and rows.keep is None and selected < len(rows):
            self.cursor = selected
        self.refresh()

    def mark(self, current: int, future: int | None = None, *, follow: bool = True) -> None:
        """Mark item `current` (-1: none) and show those from `future` on in italics.

        `follow` scrolls the current item into view, with as many of the items up to `future` as fit.
        """
        if (current, future) == (self.current, self.future):
            return
        self.current, self.future = current, future
        row = self._rows.row_of(current)
        if follow and row is not None:
            self.cursor = row
            wanted = 1 if future is None else max(1, future - current)
            self._reveal(wanted)
            if self._unmarked:  # new rows may add a scroll bar, which covers the last line
                self._unmarked = False
                self.call_after_refresh(self._reveal, wanted)
        self.refresh()

    def text_at(self, position: int) -> str:
        """Return an item's line as it is shown, sanitised."""
        return self._paint(self.items[position], max(self.size.width, self.widest)).plain.strip()

    def move_to_item(self, position: int) -> None:
        """Move the cursor to an item."""
        row = self._rows.row_of(position)
        if row is not None:
            self._go(row)

    def reveal_cursor(self) -> None:
        """Scroll to the cursor, for example after the list has become smaller."""
        self._reveal()

    def _go(self, row: int) -> None:
        self.cursor = min(max(0, row), len(self._rows) - 1)
        if self.selected is None:
            self.cursor = 0
            return
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.selected))

    def _reveal(self, rows: int = 1) -> None:
        rows = self._top + max(1, min(rows, self.size.height - self._top))
        self.scroll_to_region(Region(int(self.scroll_x), self.cursor, 1, rows), animate=False, force=True)

    def action_move(self, rows: int) -> None:
        """Move the cursor by a number of rows."""
        self._go(self.cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by a number of pages."""
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
        if event.y < self._top:
            width = max(self.scrollable_content_region.width, self.widest)
            self.post_message(self.HeaderClicked(self, int(self.scroll_x) + event.x, width))
        elif 0 <= row < len(self._rows):
            self._go(row)
            if event.chain > 1 or not self._double_click:
                self.action_choose()

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._strips.clear()

    def on_unmount(self) -> None:
        self.background.cancel_all()

    def render_line(self, y: int) -> Strip:
        row, left, width = int(self.scroll_y) + y - self._top, int(self.scroll_x), self.scrollable_content_region.width
        base = self.visual_style.rich_style
        if self.header is not None and y == 0:
            strip = render_text(self._heading(width), max(width, self.widest), self.app.console).crop(
                left, left + width
            )
            return style_between(strip, base + Style(underline=True), Style())
        position = self._rows.position(row)
        if position is None:
            text = self.empty if not self._rows and y == self._top else ""
            style = base + self.get_component_rich_style("line-list--empty", partial=True)
            return Strip([Segment(text, style)]).adjust_cell_length(width, base)
        strip = self._strip(position, max(width, self.widest))
        style, has_cursor = base, row == self.cursor and self.has_focus
        if self.future is not None and position >= self.future:
            style += self.get_component_rich_style("line-list--future", partial=True)
        over = Style()
        if position == self.current:
            over += self.get_component_rich_style("line-list--current", partial=True)
        if has_cursor:
            over += self.get_component_rich_style("line-list--cursor", partial=True)
            if self.app.no_color:  # two shades of grey do not distinguish rows
                over += Style(color=base.color, bgcolor=base.bgcolor, reverse=True)
        line = style_between(strip.crop(left, left + width).adjust_cell_length(width), style, over)
        return selectable(line, left, row, self.text_selection)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, sanitised. See `textual.widget.Widget.get_selection`."""
        first, last = (None if end is None else int(end.y) for end in selection)
        width = max(self.scrollable_content_region.width, self.widest)
        lines = []
        for row in range(max(0, first or 0), min(len(self._rows), len(self._rows) if last is None else last + 1)):
            position = self._rows.position(row)
            if position is not None:
                lines.append(selected_text(self._strip(position, width), row, selection) or "")
        return sanitize("\n".join(lines), keep_newlines=True), "\n"

    def _heading(self, width: int) -> Text:
        if isinstance(self.header, Text):
            return self.header.copy()
        return self.header(width) if self.header else Text()

    def _strip(self, position: int, width: int) -> Strip:
        key = (position, width)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > 2000:
                self._strips.clear()
            strip = self._strips[key] = render_text(self._paint(self.items[position], width), width, self.app.console)
        return strip
