"""The inbox: the gateway's sessions, loaded as one scrolls, filtered, sorted, marked; Enter replays one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.domain.text import clean
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.filter_words import read_filters
from replay_tui.settings.inbox_place import InboxPlace
from replay_tui.settings.state import SEEN, StateStore
from replay_tui.ui.commands import Place, bindings
from replay_tui.ui.describe.writer import Styles, styles_of
from replay_tui.ui.inbox import columns, words
from replay_tui.ui.inbox.paging import PageCame, Paging, SessionCame
from replay_tui.ui.inbox.rows import Row, Rows
from replay_tui.ui.screens.dialogs import AskScreen
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.widgets.bars import KeyBar
from replay_tui.ui.widgets.line_list import LineList

AHEAD = 60
"""Rows below what is in view from which on the next page is asked for."""
FILTERS_HINT = (
    "user= connection= type= review=PENDING approver= jira= batch= correlation= since=7d until=2026-11-01; empty: all"
)


class InboxScreen(Screen[None]):
    """Lists sessions. `open_session` is called with the rows as they stand and the position of the chosen one.

    It begins where one was the last time; `flagged` shows only flagged sessions, for this run.
    """

    PLACE = Place.INBOX
    BINDINGS: ClassVar[list[BindingType]] = bindings(PLACE)

    def __init__(
        self,
        client: GatewayClient,
        store: StateStore,
        open_session: Callable[[list[Session], int], None],
        *,
        flagged: bool = False,
    ) -> None:
        super().__init__()
        self._store, self._open = store, open_session
        self._gateway = str(client.credentials.address)
        self._place = InboxPlace.load(store, client.credentials.address.base)
        self._base = client.credentials.address.base
        self._rows = Rows(text=self._place.text, flagged=flagged or self._place.flagged, sort=self._place.sort)
        self._forced = flagged
        self._filters = self._place.filters
        self._marks, self._rows.worst = store.reviewed(), store.worst()
        self._paging = Paging(client, lambda work: self.run_worker(work, thread=True), self.post_message)
        self._going_to = self._place.session
        self._visited = ""
        self._styles: Styles = {}
        self._list = LineList[Row](self._line, id="inbox-list", double_click=True)

    def compose(self) -> ComposeResult:
        with Vertical(id="inbox"):
            yield self._list
            yield Static(id="inbox-page", markup=False)
        yield Static(id="inbox-status", markup=False)
        yield KeyBar(place=Place.INBOX, id="keys")

    def on_mount(self) -> None:
        self.query_one("#inbox").border_title = Text(f"Sessions · {clean(self._gateway)}")
        self._list.header = columns.heading
        self._list.focus()
        self.watch(self.app, "theme", self._restyle)
        self.watch(self._list, "scroll_y", self._ask_ahead, init=False)
        self._begin(depth=self._place.depth)

    def on_unmount(self) -> None:
        self._paging.stop()
        self._remember()

    def on_screen_resume(self) -> None:
        chosen = self._chosen
        self._marks, self._rows.worst = self._store.reviewed(), self._store.worst()
        self._rows.apply()
        self._show(self._visited or (chosen.id if chosen else ""))
        if self._visited:  # it may have been decided on
            self._paging.look_again(self._visited)
            self._visited = ""

    @property
    def _chosen(self) -> Row | None:
        position = self._list.selected
        return self._rows.shown[position] if position is not None else None

    # -- loading --------------------------------------------------------------------------------------------------

    def _begin(self, depth: int = 0) -> None:
        try:
            filters = read_filters(self._filters)
        except UsageError:  # kept by another version
            self._filters, filters = "", read_filters("")
        self._paging.begin(filters, depth)
        self._write()

    def action_refresh_list(self) -> None:
        """Ask for the list anew, as deep as it is loaded; the rows stay and change in place."""
        self._begin(depth=len(self._rows))

    def on_page_came(self, event: PageCame) -> None:
        if not self._paging.took(event):
            return
        if event.page is None:
            if self._rows.shown:
                self.notify(clean(event.sentence), severity="error", markup=False)
        else:
            chosen = self._chosen
            self._rows.add(event.page.sessions)
            if not self._paging.catching_up:
                self._rows.keep(self._paging.seen)  # what is not on the gateway's list any more
            self._show(self._going_to or (chosen.id if chosen else ""))
        self._write()
        self._ask_ahead()

    def on_session_came(self, event: SessionCame) -> None:
        chosen = self._chosen
        if self._rows.replace(event.session):
            self._show(chosen.id if chosen else "")

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        self._going_to = ""  # the cursor is where the user wants it
        self._ask_ahead()

    def _ask_ahead(self) -> None:
        # A filter may leave few rows: then go on until there is a screenful, or no more.
        low = max(self._list.cursor, int(self._list.scroll_y) + self._list.size.height)
        if self._paging.catching_up or low + AHEAD >= self._list.shown:
            self._paging.ask()
        self._write()

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show(self, session_id: str) -> None:
        """Show the rows as they are, with the cursor on a session if it is among them."""
        position = self._rows.position_of(session_id) if session_id else None
        if position is not None and session_id == self._going_to and len(self._rows) >= self._place.depth:
            self._going_to = ""
        self._list.put_items(self._rows.shown, position)
        self._write()

    def _line(self, row: Row, width: int) -> Text:
        return columns.line(row.session, self._marks.get(row.id, ""), width, self._styles)

    def _restyle(self) -> None:
        self._styles = styles_of(self.app.get_css_variables())
        self._list.notify_style_update()
        self._list.refresh()

    def _write(self) -> None:
        told = self._rows, self._paging, self._filters
        self.query_one("#inbox-status", Static).update(Text(words.state(*told), no_wrap=True, overflow="ellipsis"))
        self.query_one("#inbox-page", Static).update(Text(words.why_empty(*told)))
        shown = bool(self._rows.shown)
        self.set_class(not shown, "-empty")
        if shown and self.focused is None:  # a list that is hidden loses the focus
            self._list.focus()

    # -- where one is ---------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        chosen = self._chosen
        rows, place = self._rows, self._place
        flagged = place.flagged if self._forced else rows.flagged
        if chosen is not None:
            place = replace(place, session=chosen.id, depth=min(len(rows), rows.depth_of(chosen) + 100))
        place = replace(place, sort=rows.sort, flagged=flagged, text=rows.text, filters=self._filters)
        if place != self._place:
            self._place = place
            self._keeping(lambda: place.save(self._store, self._base))

    def went_to(self, session_id: str) -> None:
        """Another session of the list was opened: the cursor goes with it, and it counts as seen."""
        self._visited = session_id
        position = self._rows.position_of(session_id)
        if position is not None:
            self._list.move_to_item(position)
        if session_id not in self._marks:
            self._mark(session_id, SEEN)
        self._remember()

    @property
    def sessions(self) -> list[Session]:
        """The sessions that are shown, in their order."""
        return [row.session for row in self._rows.shown]

    @property
    def list_state(self) -> dict[str, object]:
        """The numbers and flags of the list, for `replay_tui.ui.status_report`."""
        rows = self._rows
        return {
            "rows": len(rows.shown),
            "sort": rows.sort,
            "flagged": rows.flagged,
            "text_filter": bool(rows.text),
            "gateway_filters": bool(self._filters),
            "asking": self._paging.asking,
            "marked": sum(note != SEEN for note in self._marks.values()),
        }

    def _mark(self, session_id: str, note: str) -> None:
        self._marks = {**self._marks, session_id: note}
        self._keeping(lambda: self._store.save_reviewed(self._marks))

    def _keeping(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ReplayError as error:
            self.notify(str(error), severity="error", markup=False)

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        position = self._rows.position_of(event.item.id)
        if position is not None:
            self.went_to(event.item.id)
            self._open(self.sessions, position)

    def action_open(self) -> None:
        self._list.action_choose()

    def action_text(self) -> None:
        def apply(text: str | None) -> None:
            if text is not None:
                self._narrow(text=text)

        hint = "text in who, connection, type, tags, metadata or the AI's title; empty: all"
        self.app.push_screen(AskScreen("Filter", hint, lambda text: text, self._rows.text), apply)

    def action_filters(self) -> None:
        def apply(text: str | None) -> None:
            if text is not None and text.strip() != self._filters:
                self._filters = text.strip()
                self._rows.clear()
                self._show("")
                self._begin()

        self.app.push_screen(AskScreen("The gateway's filters", FILTERS_HINT, read_filters, self._filters), apply)

    def action_flagged(self) -> None:
        self._forced = False
        self._narrow(flagged=not self._rows.flagged)

    def action_close(self) -> None:
        self._narrow(text="", flagged=False)

    def _narrow(self, *, text: str | None = None, flagged: bool | None = None) -> None:
        chosen = self._chosen
        self._rows.text = self._rows.text if text is None else text
        self._rows.flagged = self._rows.flagged if flagged is None else flagged
        self._rows.apply()
        self._show(chosen.id if chosen else "")
        self._ask_ahead()

    def action_sort(self) -> None:
        chosen = self._chosen
        self._rows.next_sort()
        self._show(chosen.id if chosen else "")

    def action_mark(self) -> None:
        row = self._chosen
        if row is None:
            return
        if self._marks.get(row.id, SEEN) != SEEN:
            self._mark(row.id, SEEN)
            self._show(row.id)
            return

        def keep(note: str | None) -> None:
            if note is not None:
                self._mark(row.id, note or "reviewed")
                self._show(row.id)

        self.app.push_screen(AskScreen("Mark as reviewed", "a note, or nothing", lambda text: text), keep)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(Place.INBOX, columns.LEGEND))

    def action_leave(self) -> None:
        self.app.exit(0)
