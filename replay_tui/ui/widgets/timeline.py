"""The timeline: activity above, below it the progress with marks and playhead. Click or drag to scrub."""

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

from replay_tui.domain.finding import Mark, MarkKind
from replay_tui.domain.risk import Severity
from replay_tui.ui.commands import Place, bindings

_LEVELS = " ▁▂▃▄▅▆▇█"
_RANK = [MarkKind.RESIZE, MarkKind.MARKER, MarkKind.STATEMENT, MarkKind.SEARCH, MarkKind.BOOKMARK, MarkKind.FINDING]
_GLYPH = {
    MarkKind.RESIZE: "+",
    MarkKind.MARKER: "v",
    MarkKind.STATEMENT: "┼",
    MarkKind.SEARCH: "/",
    MarkKind.BOOKMARK: "*",
}


class Timeline(Widget, can_focus=True):
    """Two rows: how busy the recording was (idle stretches hatched), and where the playhead stands among the marks."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SURFACE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--output", "timeline--input", "timeline--idle", "timeline--done", "timeline--left", "timeline--head",
        "timeline--high", "timeline--medium", "timeline--low", "timeline--mark", "timeline--search", "timeline--unread",
    }  # fmt: skip

    class Scrubbed(Message):
        """The reader pointed at a moment, as a part (0 to 1) of the timeline."""

        def __init__(self, part: float) -> None:
            self.part = part
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._duration = 0.0
        self._position = 0.0
        self._activity: Sequence[tuple[int, int]] = ()
        self._gaps: Sequence[tuple[float, float]] = ()
        self._marks: Sequence[Mark] = ()
        self._known = 1.0
        self._mark_cells: dict[int, Mark] = {}

    @property
    def slots(self) -> int:
        """How many slots of activity there is room for."""
        return max(1, self.size.width)

    def set_activity(
        self, duration: float, activity: Sequence[tuple[int, int]], gaps: Sequence[tuple[float, float]]
    ) -> None:
        """Take over the recording's length, its activity per slot, and its idle stretches (seconds)."""
        self._duration, self._activity, self._gaps = duration, activity, gaps
        self._place_marks()
        self.refresh()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Take over the marks; where several fall on one cell the weightiest is shown."""
        self._marks = marks
        self._place_marks()
        self.refresh()

    def set_known(self, part: float) -> None:
        """How much of the source (0 to 1) has been read; the rest is drawn as unread."""
        if part != self._known:
            self._known = part
            self.refresh()

    def set_position(self, seconds: float) -> None:
        """Move the playhead."""
        moved = self._cell(seconds) != self._cell(self._position)
        self._position = seconds
        if moved:
            self.refresh()

    def on_resize(self) -> None:
        self._place_marks()

    def _cell(self, seconds: float) -> int:
        if self._duration <= 0:
            return 0
        return min(self.slots - 1, int(seconds / self._duration * (self.slots - 1) + 0.5))

    def _place_marks(self) -> None:
        cells: dict[int, Mark] = {}
        for mark in self._marks:
            cell = self._cell(mark.time)
            if cell not in cells or _weight(mark) > _weight(cells[cell]):
                cells[cell] = mark
        self._mark_cells = cells

    def render_line(self, y: int) -> Strip:
        segments = self._activity_row() if y == 0 and self.size.height > 1 else self._progress_row()
        return Strip(segments, self.slots).simplify()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"timeline--{name}")

    def _activity_row(self) -> list[Segment]:
        idle: set[int] = set()
        for start, end in self._gaps:
            idle.update(range(self._cell(start) + 1, self._cell(end)))
        most = max((out + typed for out, typed in self._activity), default=0)
        cells = []
        for slot in range(self.slots):
            out, typed = self._activity[slot] if slot < len(self._activity) else (0, 0)
            if out + typed == 0:
                cells.append(Segment("╌", self._style("idle")) if slot in idle else Segment(" ", self._style("idle")))
                continue
            # The square root keeps small activity visible beside a flood.
            level = max(1, round(((out + typed) / most) ** 0.5 * 8))
            cells.append(Segment(_LEVELS[level], self._style("input" if typed and typed >= out // 8 else "output")))
        return cells

    def _progress_row(self) -> list[Segment]:
        head = self._cell(self._position)
        known = int(self._known * self.slots)
        done, left = self._style("done"), self._style("left")
        cells = []
        for slot in range(self.slots):
            mark = self._mark_cells.get(slot)
            if slot == head:
                cells.append(Segment("●", self._style("head")))
            elif mark is not None:
                cells.append(self._mark(mark))
            elif slot >= known:
                cells.append(Segment("┄", self._style("unread")))
            else:
                cells.append(Segment("━", done) if slot < head else Segment("─", left))
        return cells

    def _mark(self, mark: Mark) -> Segment:
        if mark.kind is MarkKind.FINDING:
            severity = mark.severity or Severity.LOW
            return Segment(severity.shape, self._style(severity.value))
        return Segment(_GLYPH[mark.kind], self._style("search" if mark.kind is MarkKind.SEARCH else "mark"))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._scrub(event.x)
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._scrub(event.x)
            event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        event.stop()

    def _scrub(self, x: int) -> None:
        self.post_message(self.Scrubbed(min(max(0, x), self.slots - 1) / max(1, self.slots - 1)))


def _weight(mark: Mark) -> int:
    severity = mark.severity.rank if mark.severity else 0
    return _RANK.index(mark.kind) * 4 + severity
