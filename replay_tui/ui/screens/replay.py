"""The replay screen: composes panes, timeline and panels, and passes their messages to the controllers."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from replay_tui.domain.finding import Finding
from replay_tui.search.search import Hit
from replay_tui.settings.state_store import StateStore
from replay_tui.terminal.screen import Screen as Frame
from replay_tui.ui.background import Task, TaskFailed
from replay_tui.ui.command_table import Place, bindings, run_command
from replay_tui.ui.controllers import Controllers
from replay_tui.ui.frame_renderer import FrameRenderer, FrameRequest
from replay_tui.ui.gc_control import collect_later, is_large
from replay_tui.ui.help_content import HelpPane
from replay_tui.ui.key_queue import PendingKeys
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import Navigator
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.screens.minimum_size import mark_tiny, size_message
from replay_tui.ui.screens.replay_display import ReplayDisplay
from replay_tui.ui.screens.replay_view import ReplayView
from replay_tui.ui.screens.text_dialog import RowDetailScreen
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets.command_list import CommandList, CommandRow
from replay_tui.ui.widgets.filter_bar import FilterBar
from replay_tui.ui.widgets.key_bar import FooterContext, KeyBar, footer_ids
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.main_pane import MainPane
from replay_tui.ui.widgets.panels import RiskPanel, SideColumn, SidePanels
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.status_bars import FidelityBanner, StatusLine
from replay_tui.ui.widgets.table_pane import TablePane
from replay_tui.ui.widgets.terminal_view import TerminalView
from replay_tui.ui.widgets.timeline import Timeline

FRAMES_PER_SECOND = 30


class ReplayScreen(Screen[None]):
    """Replays one session. Loading, indexing, drawing and analysing run in background tasks."""

    PLACE = Place.REPLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings(PLACE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-roomy"), (140, "-wide"), (180, "-vast")]  # noqa: RUF012  # as in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (26, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        ref: SessionRef,
        options: LaunchOptions,
        clock: Callable[[], float],
        navigator: Navigator,
        store: StateStore | None = None,
    ) -> None:
        super().__init__()
        self.state = ReplayState(ref, options, clock, store or StateStore(), self._refresh_later)
        self.view = ReplayView(self)
        self.controllers = Controllers.build(self.state, self.view, navigator)
        self._frames = FrameRenderer()
        self._display = ReplayDisplay(self.state, self, self._frames.request)

    def compose(self) -> ComposeResult:
        self._set_size_classes()
        with Vertical(id="replay"):
            yield Static(id="verdict", markup=False)
            with Horizontal(id="body"):
                with Vertical(id="main"):
                    yield MainPane(self.state, id="main-pane")
                yield CommandList(id="commands")
                with SideColumn(id="side"):
                    yield SidePanels(id="sidebar")
                    yield RiskPanel(id="risk")
            yield FilterBar(id="filter-bar")
            yield FidelityBanner(id="banner", markup=False)
            yield Timeline(id="timeline")
            yield StatusLine(id="status", markup=False)
            yield KeyBar(footer_ids(FooterContext()), id="keys")
        with Container(id="tiny"):
            yield Static(id="tiny-text", markup=False)

    def _set_size_classes(self) -> None:
        """Set the classes of the breakpoints before the widgets are styled: the first resize would style all again."""
        columns, rows = self.app.size
        for size, breakpoints in ((columns, self.HORIZONTAL_BREAKPOINTS), (rows, self.VERTICAL_BREAKPOINTS)):
            self.add_class(max(one for one in breakpoints if one[0] <= size)[1], update=False)

    def on_mount(self) -> None:
        self.state.take_changes()
        self.view.background.start("drawing the screen", self._draw_frames, detached=True)
        self.view.main_pane.show_loading(self.state.name)
        self.controllers.search.start_when_loaded(self.state.options.search)
        self._display.show_unknown("loading…")
        if self.state.options.sidebar is False:
            self.add_class("no-sidebar", "no-risk")
        # Paused except during playback: a program that nobody touches must not wake up.
        self._frame_timer = self.set_interval(1 / FRAMES_PER_SECOND, self._next_frame, pause=True)
        self.app.app_suspend_signal.subscribe(self, self._pause)
        # Keys typed before the screen was mounted come first: they may set the start position.
        self.call_after_refresh(self.view.when_keys_are_done, self.controllers.loading.load)

    def _pause(self, _: object) -> None:
        """Pause playback: its clock goes on while the program is suspended."""
        self.state.player.pause()
        self.state.announce_playhead()

    def on_unmount(self) -> None:
        self.view.background.cancel_all()
        self._frames.close()
        if is_large(self.state.recording.stream):
            self.app.call_later(collect_later)

    # -- commands -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys while a text input has the focus, and those that need a recording until it is loaded."""
        if isinstance(self.focused, Input) and action != "close":
            return False
        early = action == "command" and parameters[0] in PendingKeys.commands
        return self.state.has_recording or not early

    def action_command(self, command_id: str, *more: object) -> None:
        """Run a command of the table."""
        run_command(self.controllers, command_id, *more)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(pane=self._help_pane()))

    def _help_pane(self) -> HelpPane:
        if isinstance(self.focused, LineList):
            return HelpPane.LIST
        return HelpPane.SURFACE if isinstance(self.focused, TerminalView | Timeline) else HelpPane.TEXT

    def action_close(self) -> None:
        do = self.controllers
        if self.view.filter_bar.is_open:
            self.view.filter_bar.close(remove=True)
        elif not (do.view.close_overlay() or do.filtering.close_filter() or do.search.forget()):
            do.loading.stop_reading()

    def action_leave(self) -> None:
        self.controllers.session_list.leave()

    def holds(self, event: events.Key) -> bool:
        """Return True if the key is kept until the recording is loaded."""
        is_loading = not (self.state.has_recording or self.state.load_failed or isinstance(self.focused, Input))
        return is_loading and self.view.pending_keys.hold(event, self.app)

    # -- drawing --------------------------------------------------------------------------------------------------

    def _refresh_later(self) -> None:
        if self.is_attached:
            self.call_later(self._refresh)

    def _refresh(self) -> None:
        """Redraw the aspects of the state that changed."""
        if self.is_attached and (changes := self.state.take_changes()):
            self._display.update(changes)
            if self.state.player.playing:
                self._frame_timer.resume()

    def _next_frame(self) -> None:
        """Follow the playhead during playback. Only the timer does, or redraws would lead to each other without end."""
        self.state.announce_playhead()
        if not self.state.player.playing:
            self._frame_timer.pause()

    def _draw_frames(self, task: Task) -> None:
        self._frames.run(
            lambda request, frame: task.deliver(self._show_frame, request, frame),
            lambda error: task.deliver(self.post_message, TaskFailed("Drawing the screen", error)),
        )

    def _show_frame(self, request: FrameRequest, frame: Frame) -> None:
        if request.recording is self.state.shown_recording:
            self.view.main_pane.terminal.show(frame)
            self.state.changed(Aspect.TITLE)

    # -- messages of the widgets ----------------------------------------------------------------------------------

    def on_search_panel_submitted(self, event: SearchPanel.Submitted) -> None:
        self.controllers.search.start(event.pattern)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.controllers.filtering.put_filter(event.target, event.text)

    def on_line_list_filtered(self, event: LineList.Filtered) -> None:
        self.controllers.filtering.filtered(event.sender)

    def on_timeline_scrubbed(self, event: Timeline.Scrubbed) -> None:
        self.controllers.playback.scrub(event.part)

    def on_timeline_turned(self, event: Timeline.Turned) -> None:
        self.controllers.playback.seek_by(5 * event.direction)

    def on_terminal_view_scrolled(self, event: TerminalView.Scrolled) -> None:
        if event.direction < 0:
            self.controllers.view.show_pane("transcript")

    def on_terminal_view_resized(self) -> None:
        self._announce(Aspect.TITLE)

    def on_transcript_pane_lines_loaded(self) -> None:
        self._announce(Aspect.PLAYHEAD)

    def on_raw_pane_rows_loaded(self) -> None:
        self._announce(Aspect.PLAYHEAD)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        # Several statements may have the same time: the chosen one becomes the current one.
        item, moment = event.item, self.view.main_pane.time_of(event)
        if moment is not None:
            if isinstance(item, Hit):
                self.state.stepped_statement = self.state.stepped_finding = None
                self.controllers.search.go_to(event.position)
            else:
                is_finding = isinstance(item, Finding)
                finding = self.query_one(RiskPanel).finding_number(event.position) if is_finding else None
                statement = self.view.main_pane.statement_of(item)
                self.controllers.stepping.step_to(moment, statement=statement, finding=finding)
            if isinstance(item, Finding | Hit | CommandRow):
                self.view.uncover()
        elif isinstance(table := event.sender, TablePane):
            number = f"row {event.position + 1:,} of {len(table.items):,}"
            self.app.push_screen(RowDetailScreen(number, table.columns, item))

    def on_descendant_focus(self) -> None:
        """Refresh the status line, which shows the filter of the focused pane."""
        if self.state.filters:
            self.call_after_refresh(self._announce, Aspect.STATUS)

    def on_resize(self) -> None:
        mark_tiny(self)
        self.query_one("#tiny-text", Static).update(size_message(self.size))
        self.call_after_refresh(self._announce, Aspect.ACTIVITY, Aspect.STATUS, Aspect.TITLE)

    def _announce(self, *aspects: Aspect) -> None:
        if self.state.has_recording:
            self.state.changed(*aspects)
