"""The main pane: a container with one child per kind of view, of which one is visible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.finding import Finding
from replay_tui.domain.session_kind import Pane
from replay_tui.presenters.completeness import no_statements_label
from replay_tui.presenters.pane_text import pane_subtitle, pane_title
from replay_tui.recording import Recording
from replay_tui.redaction.drawn_secrets import find_drawn
from replay_tui.redaction.redactor import HiddenInput, Redactor
from replay_tui.shell.keystroke_display import recent_keys
from replay_tui.terminal.transcript_lines import TranscriptLine
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.widgets.command_list import CommandRow
from replay_tui.ui.widgets.exec_pane import ExecPane
from replay_tui.ui.widgets.kind_pane import KindPane, pane_class
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.message_page import MessagePage
from replay_tui.ui.widgets.panels import CompoundPane
from replay_tui.ui.widgets.raw_pane import RawPane, RawRow
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.statements_pane import StatementRow, StatementsPane
from replay_tui.ui.widgets.status_bars import KeystrokeOverlay
from replay_tui.ui.widgets.terminal_view import TerminalView
from replay_tui.ui.widgets.transcript_pane import TranscriptPane

PaneType = TypeVar("PaneType", bound=Widget)
_PANE_IDS: Mapping[type[Widget], str] = {
    StatementsPane: "statements",
    TranscriptPane: "transcript",
    RawPane: "raw",
}
"""The panes that any session can have; they are mounted when they are first needed."""
_SHARED_PANES = frozenset((Pane.TERMINAL, Pane.MESSAGE, *_PANE_IDS.values()))


class MainPane(Container):
    """Shows a recording as a terminal, statements, table, text, transcript or raw bytes, or a page with a message."""

    def __init__(self, state: ReplayState, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state = state
        self._main = self._visible = "page"
        self._filled: dict[str, object] = {}
        self._recording: Recording | None = None
        self._redactor = Redactor.none()
        self._revealed: Mapping[float, str] = {}
        self._titles = ("", "")
        self._terminal = TerminalView(id="terminal")
        self._page = MessagePage(id="page")
        self._keystrokes = KeystrokeOverlay(id="keystrokes", markup=False)
        self._panes: dict[str, Widget] = {"terminal": self._terminal, "page": self._page}
        self._search: SearchPanel | None = None

    def compose(self) -> ComposeResult:
        yield self._terminal
        yield self._page
        yield self._keystrokes

    def on_mount(self) -> None:
        self._show_only("page")
        self._keystrokes.display = False

    def _show_only(self, shown: str) -> None:
        for name, pane in self._panes.items():
            pane.display = name == shown
        self._visible = shown

    def _find(self, kind: type[PaneType]) -> PaneType | None:
        """Return the pane of a class, None if it was not needed so far."""
        pane = self._panes.get(_PANE_IDS[kind])
        return pane if isinstance(pane, kind) else None

    def _pane(self, kind: type[PaneType]) -> PaneType:
        """Return the pane of a class."""
        return self._find(kind) or self._added(kind(id=_PANE_IDS[kind]))

    def _added(self, pane: PaneType) -> PaneType:
        """Add a pane, hidden. Done when it is needed: panes that are never shown would double the start's time."""
        self._panes[str(pane.id)] = pane
        pane.display = False
        self._add(pane, before=self._page)
        return pane

    def _kind_pane(self) -> KindPane | None:
        """Return the pane of the shown kind if it has one of its own."""
        if self._main in _SHARED_PANES:
            return None
        pane: Any = self._panes.get(self._main) or self._added(pane_class(self._main)(id=self._main))
        found: KindPane = pane
        return found

    def _add(self, pane: Widget, before: Widget | None = None) -> None:
        """Mount a pane and the children of a compound one, unless the program is ending."""
        if self.is_attached:
            self.mount(pane, before=before)
            if isinstance(pane, CompoundPane):
                pane.mount_children()

    @property
    def terminal(self) -> TerminalView:
        """The recorded screen."""
        return self._terminal

    @property
    def search_panel(self) -> SearchPanel:
        """The panel at the bottom."""
        if self._search is None:
            self._search = SearchPanel(id="search")
            self._add(self._search)
        return self._search

    # -- focus ----------------------------------------------------------------------------------------------------

    def on_descendant_focus(self) -> None:
        self._mark_focus()

    def on_descendant_blur(self) -> None:
        self._mark_focus()

    def _mark_focus(self) -> None:
        """Highlight the border if the focus is inside. Unlike `:focus-within`, it does not style the children again."""
        focused = self.screen.focused
        inside = focused is not None and self in focused.ancestors
        if inside != self.has_class("focused"):
            self.set_class(inside, "focused", update=False)
            self.app.stylesheet.apply(self)

    # -- which pane -----------------------------------------------------------------------------------------------

    def show_loading(self, name: str, progress: str = "", part: float | None = None) -> None:
        """Show that a session is being opened, with the progress; see `MessagePage.show_loading`."""
        self._page.show_loading(name, progress, part)

    def show_message(self, title: str, message: str) -> None:
        """Show a page with a message."""
        self._page.show_message(title, message)
        self._main = "page"
        self._show_only("page")

    def show_kind(self) -> None:
        """Show the recording as the chosen kind."""
        kind, recording = self._state.kind, self._state.recording
        if recording is not self._recording:
            self._recording = recording
            self._filled.clear()
            if transcript := self._find(TranscriptPane):
                transcript.forget()
        self._main = kind.pane
        if kind.pane == Pane.STATEMENTS:
            self.show_statements(recording)
        elif kind.pane == Pane.MESSAGE:
            self._page.show_empty(recording)
        self.show_output(recording)
        self._show_only(self._main)

    def show_output(self, recording: Recording) -> None:
        """Fill the pane of the kind, if it has one of its own, from a recording without hidden output."""
        content = self._state.kind, recording
        if (pane := self._kind_pane()) and self._filled.get(self._main) != content:
            self._filled[self._main] = content
            pane.set_redactor(self._redactor)
            pane.put(*content)

    def show_pane(self) -> None:
        """Show the chosen pane; a transcript is the one without hidden output."""
        name, recording = self._state.pane, self._state.recording
        if name == "raw" and self._filled.get("raw") is not recording:
            self._filled["raw"] = recording
            self._fill_raw(recording)
        if name == "transcript":
            self._pane(TranscriptPane).read(self._state.shown_recording)
        self._show_only(self._main if name == "main" else name)

    def _fill_raw(self, recording: Recording) -> None:
        redactor = self._redactor
        # A running session would be searched again with each update.
        is_searched = recording.kind.has_screen and redactor.finds_texts and not recording.session.is_open

        def drawn(is_cancelled: Callable[[], bool]) -> list[int]:
            return find_drawn(recording.terminal_stream, recording.sizes, redactor.spans, is_cancelled)

        self._pane(RawPane).put(recording.stream, redactor, drawn if is_searched else None)

    @property
    def main_target(self) -> Widget | None:
        """The visible widget to focus, None on a page with a message."""
        if self._visible == "statements":
            return self._pane(StatementsPane).list
        if self._visible == self._main and (pane := self._kind_pane()):
            return pane.target
        return None if self._visible == "page" else self._panes[self._visible]

    # -- contents -------------------------------------------------------------------------------------------------

    def show_statements(self, recording: Recording, *, grown: bool = False) -> None:
        """Fill the statements pane, once it is chosen; with `grown` the list has only become longer."""
        if self._main != Pane.STATEMENTS:
            self._filled.pop("statements", None)
            return
        if self._filled.get("statements") is recording and not grown:
            return
        self._filled["statements"] = recording
        pane = self._pane(StatementsPane)
        pane.list.empty = no_statements_label(recording.known_completeness)
        stream = recording.stream
        pane.has_results = bool(stream.output_length_after(len(stream)))
        pane.put(recording.analysis.summary, script_language(recording.session), grown=grown)
        pane.reveal(self._revealed)
        self.mark_findings()

    def mark_findings(self) -> None:
        """Mark the statements that have findings."""
        if pane := self._find(StatementsPane):
            pane.put_findings(self._state.findings or ())

    def update_position(self) -> None:
        """Update the visible pane to the playhead."""
        state = self._state
        count = state.player.count
        self._keystrokes.display = state.keystrokes_shown
        if state.keystrokes_shown:
            hidden = "i" in state.hidden
            stream = state.recording.terminal_stream
            self._keystrokes.put(None if hidden else recent_keys(stream, count, self._redactor.payload))
        if self._visible == "statements" and self._filled.get("statements"):
            self._pane(StatementsPane).mark(state.statement_at_playhead, playing=state.player.playing)
        elif self._visible == "raw":
            self._pane(RawPane).mark_event(count - 1)
        elif self._visible == "transcript":
            self._pane(TranscriptPane).mark_time(state.player.position)
        elif self._visible == self._main and (pane := self._kind_pane()):
            pane.mark_time(state.player.position)
            if isinstance(pane, ExecPane):
                pane.mark_statement(state.recording.statements, state.current_statement)

    def pan(self, columns: int, rows: int, focused: Widget | None) -> None:
        """Move the view of a recorded screen larger than its pane, or scroll the `focused` list sideways."""
        if self._visible == "terminal":
            self.terminal.pan(columns, rows)
        elif isinstance(focused, LineList):
            focused.scroll_relative(columns, rows, animate=False)

    def show_line(self, line: str) -> None:
        """Scroll to a line of an `exec` session's output."""
        if isinstance(pane := self._panes.get(self._visible), ExecPane):
            pane.show_line(line)

    def set_redactor(self, redactor: Redactor, revealed: Sequence[HiddenInput] = ()) -> None:
        """Replace the redactor; `revealed` has the hidden inputs that the statements pane shows."""
        self._redactor = redactor
        self._revealed = {secret.end: secret.text for secret in revealed}
        if pane := self._find(StatementsPane):
            pane.reveal(self._revealed)
        if self._recording and self._filled.get("raw"):
            self._filled["raw"] = self._recording
            self._fill_raw(self._recording)
        if own := self._kind_pane():
            own.set_redactor(redactor)

    # -- rows -----------------------------------------------------------------------------------------------------

    def time_of(self, chosen: LineList.Chosen) -> float | None:
        """Return the time of a chosen row in seconds, None for rows without a time."""
        item = chosen.item
        if isinstance(item, StatementRow):
            pane = self._pane(StatementsPane)
            pane.unfold(item)
            pane.detail(item.number)
            return item.statement.time
        if isinstance(item, RawRow) and self._recording and item.event < len(self._recording.stream):
            return float(self._recording.stream.times[item.event])
        time = getattr(item, "time", None)
        return time if isinstance(time, float) else None

    @staticmethod
    def statement_of(item: object) -> int | None:
        """Return the number of the statement of a statement row or finding, None for other items."""
        if isinstance(item, StatementRow | CommandRow):
            return item.number
        return item.statement if isinstance(item, Finding) else None

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        item = event.item
        if isinstance(item, StatementRow):
            self._pane(StatementsPane).detail(item.number)

    def copyable(self, focused: Widget | None) -> str:
        """Return the text to copy, sanitised: the line under the cursor of the `focused` list, else the screen."""
        if self._visible == "terminal" and not isinstance(focused, LineList):
            screen = self.terminal.shown
            return sanitize(screen.text, keep_newlines=True) if screen else ""
        if not isinstance(focused, LineList):
            focused = self._pane(StatementsPane).list if self._visible == "statements" else None
        if focused is None or focused.selected is None:
            return ""
        item = focused.items[focused.selected]
        if isinstance(item, StatementRow | CommandRow):
            return sanitize(item.statement.text, keep_newlines=True)
        if isinstance(item, TranscriptLine):
            return sanitize(item.text)
        return sanitize("\t".join(item)) if isinstance(item, tuple) else focused.text_at(focused.selected)

    # -- border ---------------------------------------------------------------------------------------------------

    @property
    def title_text(self) -> str:
        """The recording's title with the session's position in the list, sanitised."""
        state = self._state
        return " · ".join(filter(None, (pane_title(state.recording, state.name), state.list_position)))

    def write_titles(self) -> None:
        """Write title and subtitle of the border: session, size and its source, and the visible part of the screen.

        Only when they change, because a new border redraws the whole pane.
        """
        state, view = self._state, self.terminal
        titles = (
            self.title_text,
            pane_subtitle(state.recording, state.kind, self._visible, view.shown, view.view_label),
        )
        if titles != self._titles:
            self._titles = titles
            self.border_title, self.border_subtitle = Text(titles[0]), Text(titles[1])
