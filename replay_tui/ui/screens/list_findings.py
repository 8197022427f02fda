"""Dialog with the findings of all sessions in the session list; choosing one opens its session at its time."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from replay_tui.domain.completeness import Searched
from replay_tui.domain.display_text import pluralize, sanitize, truncate
from replay_tui.presenters.completeness import ANALYSING
from replay_tui.presenters.document import Role, Span
from replay_tui.presenters.findings import finding_row
from replay_tui.ui.background import BackgroundTasks, Task
from replay_tui.ui.list_findings import ListFinding, ListFindings
from replay_tui.ui.screens.dialogs import Dialog
from replay_tui.ui.section_text import spans_text, styles_of
from replay_tui.ui.widgets.filter_bar import FilterBar
from replay_tui.ui.widgets.line_list import LineList


class ListFindingsScreen(Dialog[ListFinding | None]):
    """Shows findings as they are computed and returns the chosen one. Closing it cancels the work, which can resume.

    `w` switches between most severe first and the order of the list; `\\` filters, and Escape first ends the filter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "end_filter", show=False),
        Binding("q", "dismiss_empty", show=False),
        Binding("backslash", "filter", show=False),
        Binding("w", "worst_first", show=False),
    ]

    def __init__(self, list_findings: ListFindings, current: int) -> None:
        super().__init__()
        self._list_findings, self._current = list_findings, current
        self._background = BackgroundTasks(self)
        self._worst_first = True
        self._filter = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = Text(
                f"Findings of {pluralize(len(self._list_findings.sessions), 'session')} · by this program"
            )
            box.border_subtitle = Text("enter opens   w orders by session   \\ filters   esc closes")
            yield LineList[ListFinding](self._row, empty=ANALYSING, id="list-findings", text_of=lambda row: row.text)
            yield FilterBar()
            yield Static(classes="spelled", markup=False)
            yield Static(classes="hint notes", markup=False)

    def on_mount(self) -> None:
        self._show()
        rows = self.query_one(LineList)
        rows.focus()
        first = next((at for at, row in enumerate(rows.items) if row.position == self._current), None)
        if first is not None:
            rows.move_to_item(first)
        if not self._list_findings.complete:
            self._background.start("findings of the list", self._work)

    def on_unmount(self) -> None:
        self._background.cancel_all()

    def _work(self, task: Task) -> None:
        self._list_findings.work(task.cancel, lambda: task.deliver(self._show))

    def _show(self) -> None:
        found, rows = self._list_findings, self.query_one(LineList)
        items = list(found.rows)
        if self._worst_first:
            items.sort(key=lambda row: (row.finding.informational, -row.finding.severity.rank))
        rows.set_items(items)
        rows.styles.height = "1fr"
        informational = sum(row.finding.informational for row in items)
        counts = [pluralize(len(items) - informational, "finding")]
        counts[0] += f" and {informational:,} informational" if informational else ""
        if self._filter:
            rows.empty = "no finding matches the filter"
            counts = [f"{rows.shown:,} of {counts[0]} with '{truncate(sanitize(self._filter), 40)}'"]
        else:
            rows.empty = found.no_findings_label
        counts.append(f"{found.done} of {len(found.sessions)} sessions{'' if found.complete else ', analysing …'}")
        if found.searched[Searched.PARTLY]:
            counts.append(f"{found.searched[Searched.PARTLY]} incomplete")
        if found.searched[Searched.NOT]:
            counts.append(f"{found.searched[Searched.NOT]} not analysed")
        self._spell()
        lines = ["   ".join(counts), *(truncate(sanitize(note), 160) for note in found.notes[:3])]
        if len(found.notes) > 3:
            lines.append(f"and {pluralize(len(found.notes) - 3, 'more note')}")
        self.query_one(".notes", Static).update(Text("\n".join(lines)))

    def _row(self, row: ListFinding, width: int) -> Text:
        styles = styles_of(self.app.get_css_variables())
        mark, *rest = finding_row(row.finding)
        line = spans_text([mark, Span(f"{row.when:<12}  ", Role.MUTED)], styles)
        for name, cells in (
            (row.session.display_connection, max(10, width // 6)),
            (row.session.display_user, max(8, width // 8)),
        ):
            text = Text(sanitize(name), "bold" if row.position == self._current else "")
            text.truncate(cells, overflow="ellipsis", pad=True)
            line.append_text(text.append("  "))
        return line.append_text(spans_text(rest, styles))

    def on_line_list_moved(self) -> None:
        self._spell()

    def _spell(self) -> None:
        """Show the finding under the cursor in full, because its row may be truncated."""
        rows = self.query_one(LineList)
        spans = [] if rows.selected is None else finding_row(rows.items[rows.selected].finding)
        text = spans_text(spans, styles_of(self.app.get_css_variables()))
        text.no_wrap = False
        self.query_one(".spelled", Static).update(text)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(event.item)

    def action_worst_first(self) -> None:
        self._worst_first = not self._worst_first
        self._show()

    def action_filter(self) -> None:
        """Open the bar for the text by which to filter rows."""
        self.query_one(FilterBar).open(self.query_one(LineList), self._filter)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self._put_filter(event.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of the list while a filter is typed."""
        return action == "end_filter" or not isinstance(self.focused, Input)

    def action_end_filter(self) -> None:
        """Remove the filter, or close the dialog if there is none."""
        if self.query_one(FilterBar).is_open:
            self.query_one(FilterBar).close(remove=True)
        elif self._filter:
            self._put_filter("")
        else:
            self.dismiss(None)

    def _put_filter(self, text: str) -> None:
        self._filter = text
        self.query_one(LineList).filter_text(text)
        self._show()

    def on_line_list_filtered(self) -> None:
        self._show()  # a long list is filtered in a thread

    def action_dismiss_empty(self) -> None:
        self.dismiss(None)
