"""Find screen: searches the library, lists the hits while they are found, and shows the recorded screen at each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from replay_tui.archive.library.find_query import FoundHit
from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.presenters.document import Role
from replay_tui.presenters.library import novelty_text
from replay_tui.terminal.screen import Screen as Frame
from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.command_table import Place, bindings, run_command
from replay_tui.ui.find.controllers import FindControllers
from replay_tui.ui.find.hit_opening import OpenHit
from replay_tui.ui.find.lines import MATCH, FacetRow, facet_line, facet_rows, hit_line, hit_text, session_name
from replay_tui.ui.find.preview import HitPreview
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.title import empty_text, status_text, title_text
from replay_tui.ui.help_content import HelpPane
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.section_text import Styles, styles_of
from replay_tui.ui.widgets.indented_text import IndentedLine
from replay_tui.ui.widgets.key_bar import FIND_FOOTER, KeyBar
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import Panel
from replay_tui.ui.widgets.queued_input import QueuedInput
from replay_tui.ui.widgets.terminal_view import TerminalView

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

Answer = TypeVar("Answer")
FACET_COLUMNS, BESIDE_COLUMNS = 100, 160
"""Widths from which the facets are shown, and the preview is beside the hits instead of below them."""
HINT = "a text, or /a regular expression/"


class FindScreen(Screen[None]):
    """Shows the search in `state`, which outlives the screen. `open_hit` is called with the chosen hit."""

    PLACE = Place.FIND
    BINDINGS: ClassVar[list[BindingType]] = bindings(PLACE)

    def __init__(self, state: FindState, client: GatewayClient | None, open_hit: OpenHit) -> None:
        super().__init__()
        self.state, self.background = state, BackgroundTasks(self)
        self.controllers = FindControllers.build(state, self, client, open_hit)
        self._styles: Styles = {}
        self._wants_facets: bool | None = None  # None: the width decides
        self._hits = LineList[FoundHit](
            lambda found, width: hit_line(found, width, self._styles), id="find-hits", double_click=True
        )
        self._facets = LineList[FacetRow](lambda row, width: facet_line(row, width, self._styles), id="find-facets")

    def compose(self) -> ComposeResult:
        with Vertical(id="find"):
            with Horizontal(id="find-bar"):
                yield Static(Text("Find "), markup=False, classes="label")
                yield QueuedInput(self.state.search.text, placeholder=HINT, id="find-input")
            with Horizontal(id="find-body"):
                yield self._facets
                with Container(id="find-main"):
                    with Vertical(id="find-list"):
                        yield self._hits
                        yield Static(id="find-page", markup=False)
                    with Vertical(id="find-preview"):
                        yield TerminalView(id="find-screen")
                        yield Panel(id="find-text")
        yield Static(id="find-status", markup=False)
        yield KeyBar(FIND_FOOTER, id="keys")

    def on_mount(self) -> None:
        self.add_class("-preview")
        self.query_one(TerminalView).can_focus = self.query_one(Panel).can_focus = False  # the keys belong to the lists
        self.watch(self.app, "theme", self._restyle)
        self._lay_out()
        cursor = self.state.cursor
        self.show()
        if self.state.hits:
            self._hits.move_to_item(cursor)
            self.focus_hits()
        else:
            self.focus_input()
        if self.state.search.text and not (self.state.coverage or self.state.message):
            self.controllers.searching.start(self.state.search)  # it was left before it ended
        self.controllers.searching.survey()

    def on_unmount(self) -> None:
        self.controllers.searching.stop()
        self.background.cancel_all()
        self.state.is_searching = False

    def on_screen_suspend(self) -> None:
        self.controllers.previewing.stop()

    def on_screen_resume(self) -> None:
        self.controllers.previewing.update()

    def on_resize(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.controllers.previewing.update)

    def _lay_out(self) -> None:
        width = self.app.size.width
        self.set_class(width >= FACET_COLUMNS if self._wants_facets is None else self._wants_facets, "-facets")
        self.set_class(width >= BESIDE_COLUMNS, "-beside")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys while a text is typed."""
        return action == "close" or not isinstance(self.focused, Input)

    # -- commands -------------------------------------------------------------------------------------------------

    def action_command(self, command_id: str, *more: object) -> None:
        """Run a command of the table."""
        run_command(self.controllers, command_id, *more)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(Place.FIND, pane=HelpPane.LIST))

    def action_close(self) -> None:
        """Stop the search, leave the input, remove the last narrowing, or else close the screen."""
        if self.controllers.searching.stop():
            return
        if isinstance(self.focused, Input) and self.state.hits:
            self.focus_hits()
        elif isinstance(self.focused, Input) or not self.controllers.narrowing.widen():
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to the screen below."""
        if self.app.screen is self:
            self.app.pop_screen()

    # -- messages of the widgets ----------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        self.controllers.searching.type(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value:
            self.controllers.searching.put_text(event.value)
            self.focus_hits()
        else:
            self.controllers.saving.choose()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        if event.sender is self._hits:
            self.state.cursor = event.position
            self.controllers.previewing.update()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        if event.sender is self._hits:
            self.controllers.opening.open(event.item)
        else:
            self.controllers.narrowing.choose(event.item)

    # -- for the controllers; see `FindView` ------------------------------------------------------------------------

    @property
    def chosen_hit(self) -> FoundHit | None:
        """The hit under the cursor."""
        position = self._hits.selected
        return self._hits.items[position] if position is not None else None

    @property
    def has_preview(self) -> bool:
        """Return True if the preview is shown."""
        return self.has_class("-preview")

    def show(self) -> None:
        """Show the hits, facets, title and last line of the state."""
        state = self.state
        if self._hits.items is not state.hits:  # another search
            self._hits.cursor = 0
            self._hits.scroll_to(y=0, animate=False)
        self._hits.set_items(state.hits)
        self._facets.set_items(facet_rows(state.facets, state.search.chosen))
        self.query_one("#find").border_title = Text(truncate(sanitize(title_text(state)), 200))
        page = Text(sanitize(empty_text(state), keep_newlines=True))
        self.query_one("#find-page", Static).update(page)
        self.set_class(not state.hits, "-empty")
        style = self._styles.get(Role.WARN, "") if state.is_partial else ""
        self.query_one("#find-status", Static).update(Text(sanitize(status_text(state)), style))
        self.controllers.previewing.update()

    def show_preview(self, found: FoundHit | None, preview: HitPreview | None) -> None:
        """Show a hit in the preview."""
        box, view, panel = self.query_one("#find-preview"), self.query_one(TerminalView), self.query_one(Panel)
        frame = preview.screen if preview else None
        box.set_class(frame is not None, "-screen")
        box.border_title = box.border_subtitle = Text()
        if found is None:
            panel.put("", Text())
            return
        session = found.session
        new = novelty_text(found.novelty) if found.novelty else ""
        name = f"{session_name(session)}@{found.time_text}"
        title = " · ".join(filter(None, (name, session.connection, session.user, new)))
        box.border_title = Text(truncate(sanitize(title[:400]), 200))
        if frame is not None:
            box.border_subtitle = self._show_frame(view, frame, found)
        elif preview is None:
            panel.put("", hit_text(found, len(found.hit.text)))
        else:
            panel.put("", self._text_lines(preview))

    def _show_frame(self, view: TerminalView, frame: Frame, found: FoundHit) -> Text:
        """Show a recorded screen with the match; return the hit's text if the screen does not contain it."""
        query = self.state.search.display_query()
        view.highlight(query.display_spans if query else None)
        view.show(frame)
        rows = [(number, spans) for number, row in enumerate(frame.grid)
                if query and row.text and (spans := query.display_spans(row.text))]  # fmt: skip
        if not rows:
            return hit_text(found, 60)
        number, spans = next((one for one in rows if one[0] == found.hit.row), rows[-1])
        view.reveal(cell_len(frame.grid[number].text[: spans[0][0]]), number)
        return Text()

    def _text_lines(self, preview: HitPreview) -> list[IndentedLine]:
        if preview.failure:
            return [IndentedLine(body=Text(sanitize(preview.failure), self._styles.get(Role.WARN, "")))]
        query = self.state.search.display_query()
        lines = []
        for line in preview.lines:
            text = sanitize(line, keep_blanks=True)
            body = Text(text)
            for start, end in query.display_spans(text) if query else ():
                body.stylize(MATCH, start, end)
            lines.append(IndentedLine(body=body))
        return lines

    def put_text(self, text: str) -> None:
        """Replace the text of the input."""
        box = self.query_one(QueuedInput)
        with box.prevent(Input.Changed):
            box.value = text

    def focus_input(self) -> None:
        """Focus the input and select its text."""
        box = self.query_one(QueuedInput)
        self.set_focus(box)  # immediately, because the next key belongs to it
        box.action_select_all()

    def focus_hits(self) -> None:
        """Focus the list of hits."""
        self.set_focus(self._hits)

    def toggle_facets(self) -> None:
        """Focus the facets, which are shown if they are hidden, or leave them."""
        leaves = self._facets.has_focus
        self._wants_facets = None if leaves else True
        self._lay_out()
        self.set_focus(self._hits if leaves else self._facets)
        if not self._facets.cursor:  # the first value, not the heading
            self._facets.action_move(1)

    def toggle_preview(self) -> None:
        """Show or hide the preview."""
        self.toggle_class("-preview")
        self.call_after_refresh(self._hits.reveal_cursor)

    def report(self, message: str) -> None:
        """Show a notice."""
        self.notify(sanitize(message), markup=False)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        """Show a dialog and pass its answer on."""
        self.app.push_screen(dialog, answered)

    def _restyle(self) -> None:
        self._styles = styles_of(self.app.get_css_variables())
        for rows in (self._hits, self._facets):
            rows.notify_style_update()
            rows.refresh()
