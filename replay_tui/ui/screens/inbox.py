"""Inbox screen: lists the sessions of a gateway, loads more while the user scrolls, and opens them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.session import Session
from replay_tui.domain.text_encoding import UTF8
from replay_tui.settings.state_store import SEEN, StateStore
from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.command_table import Place, bindings, commands_of, run_command
from replay_tui.ui.help_content import HelpPane
from replay_tui.ui.inbox import columns
from replay_tui.ui.inbox.controllers import InboxControllers
from replay_tui.ui.inbox.orders import ORDERS
from replay_tui.ui.inbox.preview import Preview
from replay_tui.ui.inbox.preview_text import preview_lines, preview_title
from replay_tui.ui.inbox.rows import InboxRow, InboxTab
from replay_tui.ui.inbox.session_opening import OpenSession
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.status_text import empty_reason, status_text, tab_counts, title_text
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.section_text import Styles, styles_of
from replay_tui.ui.widgets.filter_bar import FilterBar
from replay_tui.ui.widgets.key_bar import INBOX_FOOTER, KeyBar
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import Panel
from replay_tui.ui.widgets.view_tabs import Tab, ViewTabs

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule
    from replay_tui.gateway.client import GatewayClient

Answer = TypeVar("Answer")


WIDE_COLUMNS = 120
"""Width from which the preview is beside the list, and shown unless the user hides it."""


class InboxScreen(Screen[None]):
    """Lists sessions. `open_session` is called with the listed sessions and the position of the chosen one.

    Starts at the position of the previous run; `flagged` shows only flagged sessions, in this run. `archive` is
    the folder of the library, None for the user's own.
    """

    PLACE = Place.INBOX
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PLACE), Binding("end", "load_more", show=False)]

    def __init__(
        self,
        client: GatewayClient,
        store: StateStore,
        open_session: OpenSession,
        *,
        flagged: bool = False,
        rules: tuple[Rule, ...] = (),
        encoding: str = UTF8,
        archive: Path | None = None,
    ) -> None:
        super().__init__()
        self._gateway, self._now = str(client.credentials.address), client.now
        self.state = InboxState(store, client.credentials.address.base, flagged=flagged)
        self.background, self.reads = BackgroundTasks(self), BackgroundTasks(self)
        self.rows = LineList[InboxRow](self._line, id="inbox-list", double_click=True)
        self.controllers = InboxControllers.build(self.state, self, client, open_session, rules, encoding, archive)
        self._styles: Styles = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="inbox"):
            yield ViewTabs(id="inbox-tabs")
            with Container(id="inbox-body"):
                with Vertical(id="inbox-main"):
                    yield self.rows
                    yield Static(id="inbox-page", markup=False)
                yield Panel(id="preview")
            yield FilterBar(id="filter-bar")
        yield Static(id="inbox-status", markup=False)
        yield KeyBar(INBOX_FOOTER, id="keys")

    def on_mount(self) -> None:
        self.rows.header = self._heading
        self.query_one(Panel).can_focus = False  # the keys belong to the list
        self.lay_out()
        self.rows.focus()
        self.watch(self.app, "theme", self._restyle)
        self.watch(self.rows, "scroll_y", self.controllers.paging.ask_ahead, init=False)
        self.controllers.paging.begin(self.state.place.depth)

    def on_unmount(self) -> None:
        self.controllers.paging.stop()
        self.reads.cancel_all()
        self.controllers.marking.remember_place()

    def on_screen_resume(self) -> None:
        self.controllers.opening.come_back()
        self.controllers.completing.want()
        self.controllers.archived.forget()
        self.controllers.previewing.update()

    def on_resize(self) -> None:
        self.lay_out()
        self.call_after_refresh(self.controllers.previewing.update)

    def on_screen_suspend(self) -> None:
        self.controllers.completing.stop()  # the session that was opened comes first
        self.controllers.previewing.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys while a filter is typed."""
        return action == "close" or not isinstance(self.focused, Input)

    # -- commands -------------------------------------------------------------------------------------------------

    def action_command(self, command_id: str, *more: object) -> None:
        """Run a command of the table."""
        run_command(self.controllers, command_id, *more)

    def action_close(self) -> None:
        self.controllers.filtering.clear()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(Place.INBOX, columns.LEGEND, HelpPane.LIST))

    def action_leave(self) -> None:
        self.app.exit(0)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        self.controllers.opening.open(event.item.id)

    def action_load_more(self) -> None:
        self.controllers.paging.allow_more()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        self.state.going_to = ""  # the cursor is where the user wants it
        self.controllers.previewing.update()
        if event.position == len(self.state.rows.visible) - 1:
            self.controllers.paging.allow_more()
        else:
            self.controllers.paging.ask_ahead()

    def on_line_list_header_clicked(self, event: LineList.HeaderClicked) -> None:
        column = columns.column_at(event.x, event.width, self.state.rows.view, archived=self.state.has_archived)
        self.controllers.filtering.sort_by(column)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.controllers.filtering.put_text(event.text)

    def on_view_tabs_chosen(self, event: ViewTabs.Chosen) -> None:
        self.controllers.filtering.show_view(list(InboxTab)[event.position])

    # -- for the application -----------------------------------------------------------------------------------------

    @property
    def sessions(self) -> list[Session]:
        """The visible sessions, in the order of the list."""
        return [row.session for row in self.state.rows.visible]

    @property
    def list_state(self) -> dict[str, object]:
        """The numbers and flags of the list, for `replay_tui.ui.status_report`."""
        state = self.state
        return {
            "rows": len(state.rows.visible),
            "sort": state.rows.sort,
            "flagged": state.rows.view is InboxTab.FLAGGED,
            "list_view": state.rows.view.value,
            "judged": state.rows.judged,
            "reading": self.controllers.completing.is_busy,
            "text_filter": bool(state.rows.text),
            "gateway_filters": bool(state.filters),
            "asking": state.listing.asking,
            "marked": sum(note != SEEN for note in state.marks.values()),
        }

    def visit(self, session_id: str) -> None:
        """Record that another session of the list was opened; the cursor will be on it."""
        self.controllers.opening.visit(session_id)

    # -- for the controllers; see `InboxView` ----------------------------------------------------------------------

    @property
    def has_preview(self) -> bool:
        """Return True if the preview is shown."""
        return self.has_class("-preview")

    def lay_out(self) -> None:
        """Show or hide the preview: beside the list on a wide terminal, else below it."""
        wide = self.app.size.width >= WIDE_COLUMNS
        self.set_class(wide if self.state.preview is None else self.state.preview, "-preview")
        self.set_class(wide, "-beside")
        self.call_after_refresh(self.rows.reveal_cursor)

    def show_preview(self, row: InboxRow | None, preview: Preview | None) -> None:
        """Show a session in the preview."""
        panel = self.query_one(Panel)
        if row is None:
            panel.put("", Text())
            return
        width = panel.size.width - panel.gutter.width - 1
        panel.put(preview_title(row), preview_lines(row, preview, width, self._styles, self._now()))

    @property
    def filter_bar(self) -> FilterBar:
        """The bar for the text filter."""
        return self.query_one(FilterBar)

    @property
    def chosen(self) -> InboxRow | None:
        """The row under the cursor."""
        position = self.rows.selected
        return self.state.rows.visible[position] if position is not None else None

    def show(self, session_id: str = "") -> None:
        """Show the visible rows, with the cursor on a session if it is among them."""
        state = self.state
        position = state.rows.position_of(session_id) if session_id else None
        if position is not None and session_id == state.going_to and len(state.rows) >= state.place.depth:
            state.going_to = ""
        self.rows.put_items(state.rows.visible, position)
        self.write_status()
        self.controllers.archived.want()
        self.controllers.previewing.update()

    def write_status(self) -> None:
        """Write title, tabs, loading state and filters, and for an empty list the reason."""
        state = self.state
        self.query_one("#inbox").border_title = Text(title_text(state, self._gateway))
        keys = {InboxTab.MINE: "inbox-mine", InboxTab.FLAGGED: "inbox-flagged"}
        shown_keys = {command.id: command.shown for command in commands_of(self.app)}
        counts = tab_counts(state)
        tabs = [Tab(view, counts[view], shown_keys.get(keys.get(view, ""), "")) for view in InboxTab]
        self.query_one(ViewTabs).put(tabs, list(InboxTab).index(state.rows.view))
        status = Text(status_text(state), no_wrap=True, overflow="ellipsis")
        self.query_one("#inbox-status", Static).update(status, layout=False)
        self.query_one("#inbox-page", Static).update(Text(empty_reason(state)))
        shown = bool(state.rows.visible)
        self.set_class(not shown, "-empty")
        if shown and self.focused is None:  # a hidden list loses the focus
            self.rows.focus()

    def rows_changed(self) -> None:
        """Request what the shown rows need."""
        self.controllers.paging.ask_ahead()

    def report(self, message: str) -> None:
        """Show an error as a notice."""
        self.notify(sanitize(message), severity="error", markup=False)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        """Show a dialog and pass its answer to `answered`."""
        self.app.push_screen(dialog, answered)

    def _line(self, row: InboxRow, width: int) -> Text:
        note = self.state.marks.get(row.id, "")
        view, archived = self.state.rows.view, self.state.has_archived
        return columns.line(row, note, width, self._styles, view, self._now(), archived=archived)

    def _heading(self, width: int) -> Text:
        rows = self.state.rows
        return columns.heading(width, rows.view, ORDERS[rows.sort], archived=self.state.has_archived)

    def _restyle(self) -> None:
        self._styles = styles_of(self.app.get_css_variables())
        self.rows.notify_style_update()
        self.rows.refresh()
