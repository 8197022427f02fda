"""Timeline: a row of activity, and a row of progress with marks and playhead. Click or drag to scrub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.risk import Severity
from replay_tui.domain.timeline_mark import MarkKind, TimelineMark
from replay_tui.domain.times import format_mmss
from replay_tui.ui.command_table import Place, bindings
from replay_tui.ui.widgets.timeline_scale import PlacedMarks, TimelineScale, levels

_LEVELS = " ▁▂▃▄▅▆▇█"
_GLYPH = {
    MarkKind.RESIZE: "+",
    MarkKind.MARKER: "v",
    MarkKind.STATEMENT: "┼",
    MarkKind.SEARCH: "/",
    MarkKind.BOOKMARK: "*",
    MarkKind.CHAPTER: "▸",
}
LEGEND = (
    ("! ┃", "High finding: a line over both rows"),
    ("~ ╻", "Medium finding: a line over half a row"),
    (".", "Low finding"),
    (_GLYPH[MarkKind.CHAPTER], "Chapter: another host or directory, a full-screen program, the end of a pause"),
    (_GLYPH[MarkKind.STATEMENT], "Statement or command; underlined marks stand for several moments"),
    (_GLYPH[MarkKind.SEARCH], "Search match"),
    (_GLYPH[MarkKind.BOOKMARK], "Bookmark"),
    (_GLYPH[MarkKind.MARKER], "Marker of the recording"),
    (_GLYPH[MarkKind.RESIZE], "The terminal was resized"),
    ("▂▅█", "Output or input: the higher, the more bytes; input has another colour"),
    ("╌", "Idle gap"),
    ("┄", "Not read yet"),
    ("●", "The current position"),
)
"""Symbols and what they mean, for the help."""
_STEMS = {Severity.HIGH: "┃", Severity.MEDIUM: "╻"}
MAX_LABEL_CELLS = 60
MIN_PLAYED_SECONDS = 0.1
"""Length below which no part of a recording counts as played: a script's output has no course of time."""


class Timeline(Widget, can_focus=True):
    """Activity of the recording with idle gaps hatched, and the playhead among the marks.

    Until the activity is set, the whole timeline is drawn as not read. If there is only one row, the activity is shown
    between the marks. A label shows the marks under the pointer.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SURFACE)
    ALLOW_SELECT = False  # dragging scrubs
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--output", "timeline--input", "timeline--idle", "timeline--done", "timeline--left", "timeline--head",
        "timeline--high", "timeline--medium", "timeline--low", "timeline--mark", "timeline--search", "timeline--unread",
        "timeline--above", "timeline--pointer",
    }  # fmt: skip

    class Scrubbed(Message):
        """The user pointed at a moment, given as a part (0 to 1) of the timeline."""

        def __init__(self, part: float) -> None:
            self.part = part
            super().__init__()

    class Turned(Message):
        """The mouse wheel turned over the timeline: `direction` is -1 or 1."""

        def __init__(self, direction: int) -> None:
            self.direction = direction
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._duration = 0.0
        self._position = 0.0
        self._activity: Sequence[tuple[int, int]] = ()
        self._levels: Sequence[int] = ()
        self._gaps: Sequence[tuple[float, float]] = ()
        self._idle: frozenset[int] = frozenset()
        self._marks: Sequence[Sequence[TimelineMark]] = ()
        self._placed: dict[int, PlacedMarks] = {}
        self._known = 1.0
        self._is_known = False
        self._pointer: int | None = None

    @property
    def slots(self) -> int:
        """The number of activity slots that fit."""
        return max(1, self.size.width)

    @property
    def _scale(self) -> TimelineScale:
        return TimelineScale(self._duration, self.slots)

    def set_activity(
        self, duration: float, activity: Sequence[tuple[int, int]], gaps: Sequence[tuple[float, float]]
    ) -> None:
        """Set the duration, the activity per slot, and the idle gaps, in seconds."""
        self._duration, self._activity, self._gaps = duration, activity, gaps
        self._levels = levels(activity)
        self._is_known = True
        self._place()

    def set_marks(self, layers: Sequence[Sequence[TimelineMark]]) -> None:
        """Set the marks, as `TimelineScale.place` takes them; a mark of several moments is underlined."""
        self._marks = layers
        self._place()

    def set_known(self, part: float) -> None:
        """Set the part (0 to 1) of the source that has been read; the rest is drawn as unread."""
        if part != self._known:
            self._known = part
            self.refresh()

    def set_position(self, seconds: float) -> None:
        """Move the playhead."""
        moved = self._scale.cell(seconds) != self._scale.cell(self._position)
        self._position = seconds
        if moved:
            self.refresh()

    def on_resize(self) -> None:
        self._place()

    def _place(self) -> None:
        self._placed, self._idle = self._scale.place(self._marks), self._scale.idle_cells(self._gaps)
        self.refresh()

    # -- drawing --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        two = self.size.height > 1
        cells = self._activity_row() if two and y == 0 else self._progress_row(with_activity=not two)
        strip = Strip(cells, self.slots)
        return (self._with_pointer(strip) if y == 0 and self._pointer is not None else strip).simplify()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"timeline--{name}")

    def _level(self, slot: int) -> int:
        return self._levels[slot] if slot < len(self._levels) else 0

    def _activity_row(self) -> list[Segment]:
        head, above = self._scale.cell(self._position), self._style("above")
        output, typed_in, idle = self._style("output"), self._style("input"), self._style("idle")
        cells = []
        for slot in range(self.slots):
            level = self._level(slot)
            out, typed = self._activity[slot] if level else (0, 0)
            glyph = _LEVELS[level] if level else "╌" if slot in self._idle else " "
            style = (typed_in if typed and typed >= out // 8 else output) if level else idle
            if (placed := self._placed.get(slot)) and (stem := _stem(placed.first)):
                glyph, style = stem, self._mark(placed).style or style
            cells.append(Segment(glyph, style + above if slot == head else style))
        return cells

    def _progress_row(self, *, with_activity: bool) -> list[Segment]:
        head = self._scale.cell(self._position)
        played = head if self._duration >= MIN_PLAYED_SECONDS else 0
        known = int(self._known * self.slots) if self._is_known else 0
        done, left, unread = self._style("done"), self._style("left"), self._style("unread")
        cells = []
        for slot in range(self.slots):
            glyph = "━" if slot < played else "─"
            if with_activity:
                glyph = _LEVELS[self._level(slot)] if self._level(slot) else "╌" if slot in self._idle else glyph
            if slot == head and self._is_known:
                cells.append(Segment("●", self._style("head")))
            elif placed := self._placed.get(slot):
                cells.append(self._mark(placed))
            elif slot >= known:
                cells.append(Segment("┄", unread))
            else:
                cells.append(Segment(glyph, done if slot < played else left))
        return cells

    def _mark(self, placed: PlacedMarks) -> Segment:
        mark, several = placed.first, Style(underline=placed.several or None)
        if mark.kind is MarkKind.FINDING:
            severity = mark.severity or Severity.LOW
            return Segment(severity.symbol, self._style(severity.value) + several)
        return Segment(_sign(mark), self._style("search" if mark.kind is MarkKind.SEARCH else "mark") + several)

    def _with_pointer(self, strip: Strip) -> Strip:
        """Return the upper row with a label beside the pointer: the time there and its marks."""
        assert self._pointer is not None
        label_text = f" {format_mmss(self._scale.part(self._pointer) * self._duration)} "
        if placed := self._placed.get(self._pointer):
            label_text += f"{_sign(placed.first)} {sanitize(placed.first.label)} "
            label_text += f"and {placed.count - 1} more " if placed.count > 1 else ""
        label_text = truncate(label_text, min(MAX_LABEL_CELLS, self.slots))
        label = Strip([Segment(label_text, self._style("pointer"))])
        width = label.cell_length
        start = self._pointer + 1 if self._pointer + 1 + width <= self.slots else max(0, self._pointer - width)
        return Strip.join([strip.crop(0, start), label, strip.crop(start + width)])

    # -- pointing -------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        placed = self._placed.get(event.x)
        if placed and self._duration > 0:  # the exact time of the mark, not of its cell
            self.post_message(self.Scrubbed(placed.first.time / self._duration))
        else:
            self.post_message(self.Scrubbed(self._scale.part(event.x)))
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._point(event.x)
        if self.app.mouse_captured is self:
            self.post_message(self.Scrubbed(self._scale.part(event.x)))
            event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        event.stop()

    def on_leave(self) -> None:
        self._point(None)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.post_message(self.Turned(-1))
        event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.post_message(self.Turned(1))
        event.stop()

    def _point(self, x: int | None) -> None:
        pointer = None if x is None else min(max(0, x), self.slots - 1)
        if pointer != self._pointer:
            self._pointer = pointer
            self.refresh()


def _stem(mark: TimelineMark) -> str:
    """Return what stands above a mark: a line over the whole row for a high finding, over half of it for a medium one.

    The height tells the severities apart without colours and from afar.
    """
    is_finding = mark.kind is MarkKind.FINDING and mark.severity is not None
    return _STEMS.get(mark.severity, "") if is_finding and mark.severity else ""


def _sign(mark: TimelineMark) -> str:
    return (mark.severity or Severity.LOW).symbol if mark.kind is MarkKind.FINDING else _GLYPH[mark.kind]
