"""The replay screen: panes, timeline and panels around one recording and one transport."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from replay_tui.analysis.search import Hit
from replay_tui.domain.finding import Finding
from replay_tui.domain.kind import Kind
from replay_tui.gateway.cancel import Cancel
from replay_tui.player.transport import Transport
from replay_tui.recording import Recording
from replay_tui.settings.state import StateStore
from replay_tui.sources import Loaded
from replay_tui.terminal.screen import Screen as Frame
from replay_tui.ui.actions.decide import DecideActions
from replay_tui.ui.actions.export import ExportActions
from replay_tui.ui.actions.select import SelectActions
from replay_tui.ui.actions.sets import SetActions
from replay_tui.ui.actions.steps import StepActions
from replay_tui.ui.actions.transport import TransportActions
from replay_tui.ui.background import WorkFailed, in_background
from replay_tui.ui.bookmarks import Bookmarks
from replay_tui.ui.commands import Place, bindings
from replay_tui.ui.early import EarlyKeys
from replay_tui.ui.frames import FrameDrawer, FrameRequest
from replay_tui.ui.garbage import is_large, let_go
from replay_tui.ui.hits import Hits
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.opening import ReplayOpening
from replay_tui.ui.screens.record import RecordScreen
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets.bars import FidelityBanner, KeyBar, StatusLine
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import RiskPanel, SidePanels
from replay_tui.ui.widgets.search_panel import SearchPanel
from replay_tui.ui.widgets.side import Side
from replay_tui.ui.widgets.stage import Stage
from replay_tui.ui.widgets.table_pane import TablePane
from replay_tui.ui.widgets.terminal_view import TerminalView
from replay_tui.ui.widgets.timeline import Timeline

FRAMES_A_SECOND = 30
SCRUB_SECONDS = 1 / 100
"""The shortest time between two frames while the timeline is dragged."""


class FrameDrawn(Message):
    """A frame that was asked for is ready."""

    def __init__(self, request: FrameRequest, frame: Frame) -> None:
        self.request, self.frame = request, frame
        super().__init__()


class ReplayScreen(
    TransportActions, StepActions, DecideActions, ExportActions, SetActions, SelectActions, ReplayOpening
):
    """Replays one session. Loading, indexing, drawing and analysing happen in threads that only post messages."""

    PLACE = Place.REPLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings(PLACE)

    def __init__(
        self, ref: SessionRef, options: PlayOptions, clock: Callable[[], float], store: StateStore | None = None
    ) -> None:
        super().__init__()
        self.store = store or StateStore()
        self.ref, self.options, self.clock = ref, options, clock
        self.recording = self.shown_recording = Recording(Loaded(ref.path))
        self.transport = Transport(self.recording.stream, clock=clock)
        self.hits, self.bookmarks = Hits(), Bookmarks(self.store)
        self.kind, self.pane = Kind.EMPTY, "main"
        self.loaded = self.complete = False
        self.hidden = frozenset()
        self.keystrokes_shown = self.unmasked = False
        self.clock_mode = "local"
        self.findings = None
        self.progress = ""
        self._early = EarlyKeys()
        self._cancel = Cancel()
        self._drawn_at: tuple[object, ...] = ()
        self._scrubbed = 0.0
        self._frames: FrameDrawer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="replay"):
            with Horizontal(id="body"):
                with Vertical(id="main"):
                    yield Stage(id="stage")
                with Side(id="side"):
                    yield SidePanels(id="sidebar")
                    yield RiskPanel(id="risk")
            yield FidelityBanner(id="banner", markup=False)
            yield Timeline(id="timeline")
            yield StatusLine(id="status", markup=False)
            yield KeyBar(id="keys", markup=False)
        with Container(id="tiny"):
            yield Static(id="tiny-text", markup=False)

    def on_mount(self) -> None:
        self._frames = FrameDrawer(
            self._frame_ready, lambda error: self.post_message(WorkFailed("Drawing the screen", error))
        )
        self.stage.show_opening(self.ref.title or self.ref.path)
        if self.options.sidebar is False:
            self.add_class("no-sidebar", "no-risk")
        self.query_one(TerminalView).focus()
        self.set_interval(1 / FRAMES_A_SECOND, self.tick)
        # Keys that were typed before there was a screen come first: they may say where the session begins.
        load = partial(in_background, self, self.load, "load")
        self.call_after_refresh(self.replay_app.key_queue.when_empty, load)

    def on_unmount(self) -> None:
        self._cancel.cancel()
        if self._frames:
            self._frames.close()
        if is_large(self.recording.stream):
            self.app.call_later(let_go)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that a text input needs are its own while it has the focus. See `on_key` for those that come early."""
        if isinstance(self.focused, Input) and action not in ("close", "focus_next", "focus_previous"):
            return False
        return self.loaded or action not in self._early.actions

    def on_key(self, event: events.Key) -> None:
        """A key that needs a session waits until there is one."""
        if not self.loaded and self._early.take(event, self.app):
            event.stop()

    # -- time -----------------------------------------------------------------------------------------------------

    def seek(self, seconds: float) -> None:
        """Put the playhead at a moment."""
        self.move(seconds)
        self.tick()

    def move(self, seconds: float) -> None:
        """Put the playhead at a moment that will be drawn at the next tick."""
        self.transport.seek(seconds)
        self.at_live = self.live is not None and seconds >= self.transport.duration

    def tick(self) -> None:
        """Bring everything that depends on time up to the playhead; costs nothing while nothing moves."""
        if not self.loaded or not self.is_attached:
            return
        position, count = self.transport.position, self.transport.count
        state = (
            position, count, self.transport.state, self.transport.speed, self.transport.idle, self.hidden,
            self.clock_mode, self.progress, self.shown_recording, self.keystrokes_shown, len(self.recording.stream),
            self.stepped_to, self.stepped_finding, self.unmasked, len(self.hits.found), self.hits.walked,
        )  # fmt: skip
        if state == self._drawn_at:
            return
        self._drawn_at = state
        if self.kind is Kind.TERMINAL and self._frames:
            mask = None if self.findings is None else self.mask
            self._frames.request(FrameRequest(self.shown_recording, count, position, mask))
        self.query_one(Timeline).set_position(position)
        self.query_one(RiskPanel).follow(position, self.current_finding())
        self.stage.follow(
            count,
            position,
            self.recording,
            keystrokes=self.keystrokes_shown,
            hidden=self.hidden,
            statement=self.current_statement(),
        )
        if self.hits.found:
            self.query_one(SearchPanel).hits.mark(self.hits.number(position) - 1, follow=False)
        self.write_status()

    def redraw_later(self) -> None:
        """Draw at the next tick, though nothing moved."""
        self._drawn_at = ()

    def _frame_ready(self, request: FrameRequest, frame: Frame) -> None:
        self.post_message(FrameDrawn(request, frame))

    def on_frame_drawn(self, event: FrameDrawn) -> None:
        if event.request.recording is self.shown_recording:
            self.query_one(TerminalView).show(event.frame)
            self.write_labels()

    # -- pointing -------------------------------------------------------------------------------------------------

    def on_timeline_scrubbed(self, event: Timeline.Scrubbed) -> None:
        # A pointer moves more often than anyone can see; yet the ticks alone, late while the timeline is redrawn for
        # the pointer, would show fewer than 30 frames a second.
        self.move(event.part * self.transport.duration)
        if (now := time.monotonic()) - self._scrubbed >= SCRUB_SECONDS:
            self._scrubbed = now
            self.tick()

    def on_timeline_turned(self, event: Timeline.Turned) -> None:
        self.action_seek_by(5 * event.direction)

    def on_terminal_view_scrolled(self, event: TerminalView.Scrolled) -> None:
        if event.direction < 0:
            self.show_pane("transcript")

    def on_terminal_view_resized(self) -> None:
        if self.loaded:
            self.write_labels()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        # Of several statements at one time, the one that was chosen is the current one.
        statement = self.stage.statement_of(event.item)
        time = self.stage.time_of(event)
        if time is not None:
            if isinstance(event.item, Hit):
                self.stepped_to, self.stepped_finding = None, None
                self.go_to_hit(event.position)
            else:
                finding = event.position if isinstance(event.item, Finding) else None
                self.step_to(time, statement=statement, finding=finding)
            if isinstance(event.item, Finding | Hit):
                self.uncover()
        elif isinstance(table := event.sender, TablePane):
            number = f"row {event.position + 1:,} of {len(table.items):,}"
            self.app.push_screen(RecordScreen(number, table.columns, event.item))
