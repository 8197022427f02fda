"""View of the recorded screen at its own size, never reflowed; follows the cursor in a smaller pane."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from replay_tui.domain.display_text import sanitize
from replay_tui.terminal.screen import Screen, ScreenRow
from replay_tui.ui.command_table import Place, bindings
from replay_tui.ui.rendering import selectable, selected_text
from replay_tui.ui.screen_style import ScreenLook, row_strip
from replay_tui.ui.viewer_colours import supports_underline_styles

_FOUND = Style(color="black", bgcolor="yellow", bold=True)


class TerminalView(Widget, can_focus=True):
    """Shows a `Screen`. `follow` keeps a visible cursor in view; otherwise `pan` moves the view."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SURFACE)
    follow: reactive[bool] = reactive(True)

    class Scrolled(Message):
        """The mouse wheel turned over the recorded screen: `direction` is -1 or 1."""

        def __init__(self, direction: int) -> None:
            self.direction = direction
            super().__init__()

    class Resized(Message):
        """The size of the pane changed, and with it `view_label`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._screen: Screen | None = None
        self._offset = (0, 0)
        self._target: tuple[int, int] | None = None  # the cell to reveal, also after the pane was resized
        self._has_underline_styles = supports_underline_styles(os.environ)
        self._strips: dict[tuple[object, ...], tuple[ScreenRow, Strip]] = {}
        self._spans: Callable[[str], list[tuple[int, int]]] | None = None

    def show(self, screen: Screen) -> None:
        """Show a screen; redraws only the rows that changed."""
        before, self._screen = self._screen, screen
        if self.follow and screen.alt and not (before and before.alt):
            self._offset = (0, 0)
        moved = self._place_view()
        if before is None or moved or not _same_frame(before, screen):
            self.refresh()
            return
        _, top = self._origin()
        changed = {y for y, row in enumerate(screen.grid) if row is not before.grid[y]}
        changed |= {before.cursor[1], screen.cursor[1]} if before.cursor != screen.cursor else set()
        for y in changed:
            line = y - self._offset[1] + top
            if 0 <= line < self.size.height:
                self.refresh(Region(0, line, self.size.width, 1))

    def highlight(self, spans: Callable[[str], list[tuple[int, int]]] | None) -> None:
        """Highlight the (start, end) spans that `spans` returns for a row's text; None highlights nothing."""
        self._spans = spans
        self.refresh()

    @property
    def shown(self) -> Screen | None:
        """The displayed screen."""
        return self._screen

    @property
    def cropped(self) -> bool:
        """True if the pane is smaller than the recorded screen."""
        screen = self._screen
        return screen is not None and (screen.cols > self.size.width or screen.rows > self.size.height)

    @property
    def view_label(self) -> str:
        """The visible part of the screen: `fit`, or as in `follow ─ columns 21-100, rows 3-30`."""
        screen = self._screen
        if screen is None or not self.cropped:
            return "fit"
        seen = [
            f"{name} {start + 1}-{start + room}"
            for name, start, room, size in (
                ("columns", self._offset[0], self.size.width, screen.cols),
                ("rows", self._offset[1], self.size.height, screen.rows),
            )
            if size > room
        ]
        return f"{'follow' if self.follow else 'pan'} ─ {', '.join(seen)}"

    def pan(self, columns: int, rows: int) -> None:
        """Move the view of a screen larger than the pane, and stop following the cursor."""
        if self.cropped:
            self.follow, self._target = False, None
            self._offset = self._clamped(self._offset[0] + columns, self._offset[1] + rows)
            self.refresh()

    def reveal(self, column: int, row: int) -> None:
        """Move the view of a larger screen to a cell, which is put in the middle, and stop following the cursor."""
        self.follow = False
        self._target = column, row
        self._place_view()
        self.refresh()

    def on_resize(self) -> None:
        self._place_view()
        self.refresh()
        self.post_message(self.Resized())

    def watch_follow(self) -> None:
        self._place_view()
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Scrolled(-1))

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Scrolled(1))

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def _clamped(self, x: int, y: int) -> tuple[int, int]:
        screen = self._screen
        if screen is None:
            return (0, 0)
        return (
            min(max(0, x), max(0, screen.cols - self.size.width)),
            min(max(0, y), max(0, screen.rows - self.size.height)),
        )

    def _place_view(self) -> bool:
        screen, (x, y) = self._screen, self._offset
        if screen is None:
            return False
        if self._target and not self.follow:
            column, row = self._target
            # The left edge stays visible if the cell does with it.
            x = 0 if column < self.size.width * 3 // 4 else column - self.size.width // 2
            y = row - self.size.height // 2
        # A full-screen program that hides its cursor may leave it anywhere, or hide it only while drawing.
        if self.follow and (screen.cursor_visible or not screen.alt):
            # Move as little as needed: the top left corner stays visible as long as the cursor does.
            cx, cy = screen.cursor
            x, y = max(0, cx - self.size.width + 2), max(0, cy - self.size.height + 1)
        before, self._offset = self._offset, self._clamped(x, y)
        return self._offset != before

    def _origin(self) -> tuple[int, int]:
        """Return the column and row of the pane where the screen begins; a smaller screen is centred."""
        screen, (width, height) = self._screen, self.size
        if screen is None:
            return (0, 0)
        return max(0, (width - screen.cols) // 2), max(0, (height - screen.rows) // 2)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, sanitised. See `textual.widget.Widget.get_selection`."""
        lines = (selected_text(self._line(y), y, selection) for y in range(self.size.height))
        return sanitize("\n".join(line for line in lines if line is not None), keep_newlines=True), "\n"

    def render_line(self, y: int) -> Strip:
        return selectable(self._line(y), 0, y, self.text_selection)

    def _line(self, y: int) -> Strip:
        width, height = self.size
        screen = self._screen
        left, top = self._origin()
        row_number = y - top + self._offset[1]
        if screen is None or not 0 <= y - top < min(screen.rows, height) or row_number >= screen.rows:
            return Strip([Segment(" " * width, self._outside())], width)
        row = self._row_strip(screen, row_number)
        visible = min(width, screen.cols)
        strip = row.crop(self._offset[0], self._offset[0] + visible)
        if visible < width:
            outside, right = self._outside(), width - left - visible
            strip = Strip([Segment(" " * left, outside), *strip, Segment(" " * right, outside)], width)
        return strip

    def _outside(self) -> Style:
        return Style.from_color(bgcolor=self.background_colors[1].rich_color)

    def _look(self, screen: Screen) -> ScreenLook:
        return ScreenLook(
            self.app.current_theme.dark,
            screen.reverse,
            tuple(screen.palette.items()),
            blinks=self.app.animation_level != "none",
            has_underline_styles=self._has_underline_styles,
        )

    def _row_strip(self, screen: Screen, number: int) -> Strip:
        row: ScreenRow = screen.grid[number]
        look = self._look(screen)
        key = (id(row), screen.cols, look)
        kept = self._strips.get(key)
        if kept is None:
            if len(self._strips) > 4000:
                self._strips.clear()
            # The entry keeps the row alive, because another row could reuse the id of a deleted one.
            kept = self._strips[key] = row, row_strip(row, screen.cols, look)
        strip = kept[1]
        if self._spans and row.text:
            strip = _highlighted(strip, row.text, self._spans(row.text))
        if screen.cursor_visible and number == screen.cursor[1]:
            strip = _with_cursor(strip, screen.cursor[0], *look.cursor_colours)
        return strip


def _highlighted(strip: Strip, text: str, spans: list[tuple[int, int]]) -> Strip:
    for start, end in spans[:50]:
        left, right = cell_len(text[:start]), cell_len(text[:end])
        found = strip.crop(left, right)
        marked = Strip([Segment(one.text, (one.style or Style()) + _FOUND) for one in found], found.cell_length)
        strip = Strip.join([strip.crop(0, left), marked, strip.crop(right)])
    return strip


def _with_cursor(strip: Strip, x: int, cursor: Color, text: Color) -> Strip:
    x = min(x, strip.cell_length - 1)
    cell = strip.crop(x, x + 1)
    style = Style(color=text, bgcolor=cursor)
    under = "".join(segment.text for segment in cell) or " "
    return Strip.join([strip.crop(0, x), Strip([Segment(under, style)], 1), strip.crop(x + 1)])


def _same_frame(before: Screen, after: Screen) -> bool:
    return (before.cols, before.rows, before.reverse, before.palette) == (
        after.cols,
        after.rows,
        after.reverse,
        after.palette,
    )
