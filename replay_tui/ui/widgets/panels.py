"""Panels of the side column: session, review, and risk with the findings.

The side column distributes its rows among the panels according to their contents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.selection import Selection
from textual.widget import Widget
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.finding import Finding, worst_first
from replay_tui.presenters.completeness import ANALYSING
from replay_tui.presenters.findings import finding_row
from replay_tui.ui.section_text import spans_text, styles_of
from replay_tui.ui.widgets.indented_text import IndentedLine, WrappedRow, wrap_lines
from replay_tui.ui.widgets.line_list import LineList

MAX_TITLE_CHARS = 200
MAX_FINDING_ROWS = 4
"""Rows of the finding that is shown in full."""


class PanelText(Static):
    """Rows of wrapped lines; a selection returns the text of the unwrapped lines."""

    rows: Sequence[WrappedRow] = ()

    def put(self, rows: Sequence[WrappedRow]) -> None:
        """Show rows."""
        self.rows = rows
        self.update(Text("\n").join(row.text for row in rows))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        selected = ""
        for number, row in enumerate(self.rows):
            if (span := selection.get_span(number)) is not None:
                start, end = span
                selected += row.joint if selected else ""
                selected += row.text.plain[max(start, row.start) : None if end < 0 else end]
        return selected, "\n"


class CompoundPane(Vertical):
    """A container whose children are mounted at once, so that it can be filled and focused immediately.

    Textual mounts the children that `compose` yields only when the container handles its first message.
    """

    children_to_mount: Sequence[Widget] = ()

    def mount_children(self) -> None:
        """Mount the children, directly after the pane was mounted."""
        self.mount(*self.children_to_mount)


def write_rows_below(widget: Widget, rows: int, hint: str = "") -> None:
    """Write to the bottom border how many of its `rows` are below the visible ones, and a `hint`.

    Panels of the side column have no scroll bars, which would take a column of a few rows.
    """
    below = rows - widget.size.height - round(widget.scroll_y) if widget.size else 0
    text = " ─ ".join(filter(None, (hint, f"↓ {below:,} more" if below > 0 else "")))
    if text != str(widget.border_subtitle or ""):
        widget.border_subtitle = Text(text)


class Panel(VerticalScroll, can_focus=True):
    """A bordered, scrolling text with a title. Takes only `Text`, so that markup is never parsed."""

    class Written(Message):
        """The text of the panel changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = PanelText(markup=False)  # here, because a slow start lays the panel out before it composes
        self._lines: Sequence[IndentedLine] = ()
        self._wrapped_at = 0
        self._hint = ""

    def compose(self) -> ComposeResult:
        yield self._text

    def put(self, title: str, text: Text | Sequence[IndentedLine], hint: str = "") -> None:
        """Show lines with hanging indents, or a plain text, under `title` and above a `hint`."""
        self._hint = hint
        self.border_title = Text(truncate(sanitize(title[:MAX_TITLE_CHARS]), MAX_TITLE_CHARS))
        self._lines = [IndentedLine(body=text)] if isinstance(text, Text) else text
        self._wrapped_at = 0
        self._wrap()

    def watch_virtual_size(self) -> None:
        # Textual sends no `Resize` to a new widget if the layout is asked for before it is refreshed.
        self.call_later(self._wrap)

    def _wrap(self) -> None:
        """Wrap the lines for the panel's width less a scrollbar, so that the width does not depend on the rows."""
        width = self.container_size.width - self.styles.scrollbar_size_vertical
        if width > 0 and width != self._wrapped_at:
            self._wrapped_at = width
            self._text.put(list(wrap_lines(self._lines, width, self.app.console)))
            self.post_message(self.Written())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.write_rows_below()

    def write_rows_below(self) -> None:
        """Write the number of rows below the visible ones, if no scroll bar shows it."""
        if not self.styles.scrollbar_size_vertical:
            write_rows_below(self, len(self._text.rows), self._hint)

    def on_resize(self) -> None:
        self._wrap()  # the width may have changed and the rows not
        self.write_rows_below()

    @property
    def wanted_rows(self) -> int:
        """The number of rows that show the whole text, including the border."""
        return max(1, len(self._text.rows)) + self.gutter.height


class SidePanels(Vertical):
    """The session panel and the review panel."""

    def compose(self) -> ComposeResult:
        yield Panel(id="session")
        yield Panel(id="review")

    def put_session(self, title: str, text: Sequence[IndentedLine], hint: str = "") -> None:
        """Show the metadata."""
        self.query_one("#session", Panel).put(title, text, hint)

    def put_review(self, title: str, text: Sequence[IndentedLine], hint: str = "") -> None:
        """Show the review."""
        self.query_one("#review", Panel).put(title, text, hint)

    @property
    def wanted_rows(self) -> list[int]:
        """The number of rows that show each panel completely."""
        return [panel.wanted_rows for panel in self.query(Panel)]


class FindingList(LineList[Finding]):
    """The findings, one in a row."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.write_rows_below()

    def write_rows_below(self) -> None:
        """Write the number of findings below the visible ones."""
        write_rows_below(self, self.shown)

    def on_resize(self) -> None:
        super().on_resize()
        self.write_rows_below()


class FindingText(PanelText):
    """The finding under the cursor of the list, in full."""


class RiskPanel(Vertical):
    """The analysers' results, and below them this program's own findings, which jump to their moments."""

    _times: Sequence[float] = ()
    _spelled: int | None = None
    """Row of the finding that is shown in full."""
    _order: Sequence[int] = ()
    """Number of the finding in each row."""
    _row_of: Mapping[int, int] = MappingProxyType({})
    """Row of the finding with each number: looked up with every frame."""

    def compose(self) -> ComposeResult:
        yield Panel(id="risk-text")
        found = FindingList(self._finding, id="findings", text_of=lambda one: f"{one.message} {one.evidence}")
        found.border_title = Text(f"{ANALYSING} · by this program")
        yield found
        yield FindingText(id="finding-text", markup=False)

    def put(self, title: str, text: Sequence[IndentedLine], hint: str = "") -> None:
        """Show the analysers' results."""
        self.query_one(Panel).put(title, text, hint)

    def put_findings(self, findings: Sequence[Finding], title: str, empty: str, *, by_time: bool = False) -> None:
        """Show the findings, which are in order of time, the worst first or `by_time`; the text `empty` for none."""
        found = self.query_one("#findings", LineList)
        found.border_title = Text(title)
        found.empty = empty
        numbers = {id(one): number for number, one in enumerate(findings)}
        ordered = findings if by_time else worst_first(findings)
        self._order = [numbers[id(one)] for one in ordered]
        self._row_of = {number: row for row, number in enumerate(self._order)}
        found.set_items(ordered)
        self._times = [finding.time for finding in findings]
        self._spelled = None
        self._spell()
        self.post_message(Panel.Written())

    def follow(self, seconds: float, stepped_to: int | None = None) -> None:
        """Mark the current finding, else the most severe one of the last flagged moment up to `seconds`.

        Scrolls it into view unless the list has the focus.
        """
        found = self.query_one("#findings", LineList)
        current = bisect_right(self._times, seconds) - 1 if stepped_to is None else stepped_to
        if stepped_to is None and current >= 0:
            current = bisect_left(self._times, self._times[current])  # findings of one moment are ordered by severity
        found.mark(self._row_of.get(current, -1), follow=not found.has_focus or stepped_to is not None)
        self._spell()

    def on_line_list_moved(self) -> None:
        self._spell()

    def on_resize(self) -> None:
        self._spelled = None
        self._spell()

    def _spell(self) -> None:
        """Show the finding under the cursor in full, because its row may be truncated."""
        found, text = self.query_one("#findings", LineList), self.query_one(FindingText)
        width, number = self.size.width - text.gutter.width, found.selected
        if width <= 0 or number == self._spelled:
            return
        self._spelled = number
        rows: list[WrappedRow] = []
        if number is not None:
            mark, *rest = finding_row(found.items[number])
            styles = styles_of(self.app.get_css_variables())
            line = IndentedLine(spans_text([mark], styles), spans_text(rest, styles))
            line.body.no_wrap = False
            rows = list(wrap_lines([line], width, self.app.console))[:MAX_FINDING_ROWS]
        text.put(rows)
        self.post_message(Panel.Written())

    @property
    def spelled_rows(self) -> int:
        """The number of rows of the finding below the list."""
        return len(self.query_one(FindingText).rows)

    def finding_number(self, row: int) -> int:
        """Return the number of the finding in a row among all findings in order of time."""
        return self._order[row]

    @property
    def wanted_rows(self) -> list[int]:
        """The number of rows that show the analysis completely, and those for at most 12 findings of some severity."""
        listed = self.query_one("#findings", LineList).items
        worth = sum(not one.informational for one in listed) or len(listed)
        findings = min(max(1, worth), 12) + 2
        return [self.query_one(Panel).wanted_rows, findings]

    def _finding(self, finding: Finding, _width: int) -> Text:
        return spans_text(finding_row(finding), styles_of(self.app.get_css_variables()))


MIN_PANEL_ROWS = 3
"""A border and one line."""


def share_rows(available: int, wanted: Sequence[int]) -> list[int]:
    """Return the rows of each panel: the `wanted` ones, or equal shares if there are not enough.

    Spare rows go to the last panel, so that the column is filled.
    """
    rows = [min(MIN_PANEL_ROWS, want) for want in wanted]
    left = available - sum(rows)
    while left > 0 and (short := [number for number, want in enumerate(wanted) if rows[number] < want]):
        rows[min(short, key=lambda number: rows[number])] += 1
        left -= 1
    if rows and left > 0:
        rows[-1] += left
    return rows


class SideColumn(Vertical):
    """Holds `SidePanels` and `RiskPanel`, one below the other."""

    def on_resize(self) -> None:
        self.share()

    def on_panel_written(self, event: Panel.Written) -> None:
        event.stop()
        self.share()

    def share(self) -> None:
        """Distribute the rows again after panels were shown, hidden, or written."""
        halves = [half for half in self.children if isinstance(half, SidePanels | RiskPanel) and half.display]
        panels = [panel for half in halves for panel in half.children if not isinstance(panel, FindingText)]
        wanted = [rows for half in halves for rows in half.wanted_rows]
        free = self.size.height - sum(half.spelled_rows for half in halves if isinstance(half, RiskPanel))
        for panel, rows in zip(panels, share_rows(free, wanted), strict=True):
            panel.styles.height = rows
        self.call_after_refresh(self._write_rows_below)

    def _write_rows_below(self) -> None:
        for panel in (*self.query(Panel), *self.query(FindingList)):
            panel.write_rows_below()
