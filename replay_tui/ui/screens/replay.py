"""The replay screen: panes, timeline and panels around one recording and one transport."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from replay_tui.analysis.activity import activity
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.finding import Finding, Mark, MarkKind
from replay_tui.domain.kind import Kind
from replay_tui.domain.size import TerminalSize
from replay_tui.domain.times import parse_time
from replay_tui.gateway.cancel import Cancel
from replay_tui.player.idle import IdleMode
from replay_tui.player.transport import Transport
from replay_tui.recording import Recording
from replay_tui.settings.state import StateStore
from replay_tui.sources import Loaded
from replay_tui.terminal.screen import Screen as Frame
from replay_tui.ui.actions.decide import DecideActions
from replay_tui.ui.actions.export import ExportActions
from replay_tui.ui.actions.live import LiveActions
from replay_tui.ui.actions.moments import MomentActions
from replay_tui.ui.actions.sessions import SessionActions
from replay_tui.ui.actions.transport import TransportActions
from replay_tui.ui.actions.views import ViewActions
from replay_tui.ui.commands import Place, bindings
from replay_tui.ui.describe import Styles, badge, metadata, review_text, review_title, risk_text, zone_name
from replay_tui.ui.frames import FrameDrawer, FrameRequest
from replay_tui.ui.loader import Analysed, Failed, Known, Loading, Opened, Progress, SessionRef, prepare
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.panes import Stage
from replay_tui.ui.widgets.bars import FidelityBanner, KeyBar, Status, StatusLine
from replay_tui.ui.widgets.line_list import LineList
from replay_tui.ui.widgets.panels import RiskPanel, SidePanels
from replay_tui.ui.widgets.terminal_view import TerminalView
from replay_tui.ui.widgets.timeline import Timeline

FRAMES_A_SECOND = 30
FIRST_MOMENT = 0.05
"""Seconds within which the first events count as one moment."""


class FrameDrawn(Message):
    """A frame that was asked for is ready."""

    def __init__(self, request: FrameRequest, frame: Frame) -> None:
        self.request, self.frame = request, frame
        super().__init__()


class ReplayScreen(
    TransportActions, ViewActions, MomentActions, LiveActions, DecideActions, ExportActions, SessionActions
):
    """Replays one session. Loading, indexing, drawing and analysing happen in threads that only post messages."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.REPLAY)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-roomy"), (140, "-wide"), (180, "-vast")]  # noqa: RUF012  # as in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012

    def __init__(
        self, ref: SessionRef, options: PlayOptions, clock: Callable[[], float], store: StateStore | None = None
    ) -> None:
        super().__init__()
        self.store = store or StateStore()
        self.unmasked = False
        self._hits, self._bookmarks = [], []
        self._cancel = Cancel()
        self.ref, self.options, self._clock = ref, options, clock
        self.recording = Recording(Loaded(ref.path))
        self.transport = Transport(self.recording.stream, clock=clock)
        self.kind = Kind.EMPTY
        self.loaded = False
        self.complete = False
        self.hidden: frozenset[str] = frozenset()
        self.keystrokes_shown = False
        self.clock_mode = "local"
        self.pane = "main"
        self.marks: list[Mark] = []
        self.findings: list[Finding] | None = None
        self._shown_recording = self.recording
        self._frame_key: tuple[object, ...] = ()
        self._progress = ""
        self._frames: FrameDrawer | None = None
        self._tasks = 0
        self._first_moment = 0.0

    # -- layout ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield Stage(id="stage")
                yield FidelityBanner(id="banner", markup=False)
                yield Timeline(id="timeline")
                yield StatusLine(id="status", markup=False)
                yield KeyBar(id="keys", markup=False)
            with Vertical(id="side"):
                yield SidePanels(id="sidebar")
                yield RiskPanel(id="risk")
        with Container(id="tiny"):
            yield Static("replay-tui needs 40 columns and 12 rows.", markup=False)

    def on_mount(self) -> None:
        self._frames = FrameDrawer(self._frame_ready)
        self.stage.loading_text(self.ref)
        if self.options.sidebar is False:
            self.add_class("no-sidebar", "no-risk")
        self.query_one(TerminalView).focus()
        self.set_interval(1 / FRAMES_A_SECOND, self.tick)
        self.run_worker(self._load, thread=True, group="load", exit_on_error=False)

    def _frame_ready(self, request: FrameRequest, frame: Frame) -> None:
        self.post_message(FrameDrawn(request, frame))

    def on_unmount(self) -> None:
        self._cancel.cancel()
        if self._frames:
            self._frames.close()

    def styles_of_roles(self) -> Styles:
        """The theme's styles for words of a role."""
        variables = self.app.get_css_variables()
        return {
            "label": "dim",
            "muted": "dim",
            "strong": "bold",
            "good": variables.get("text-success", "green"),
            "bad": f"bold {variables.get('text-error', 'red')}",
            "warn": f"bold {variables.get('text-warning', 'yellow')}",
        }

    # -- loading --------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        Loading(self.ref, self.options.size, self.post_message, self._cancel, self.options.rules).run()

    def on_known(self, event: Known) -> None:
        self.recording.loaded.session = event.session
        self.server = event.server
        self.write_panels()
        self.write_labels()

    def on_opened(self, event: Opened) -> None:
        first = not self.loaded
        self.loaded, self.complete = True, event.complete
        position, playing = self.transport.position, self.transport.playing
        self.recording = event.recording
        self.transport = Transport(
            event.recording.stream,
            event.recording.gaps if event.complete else (),
            self._clock,
            speed=self.transport.speed if not first else self.options.speed,
            idle=self.transport.idle if not first else IdleMode(self.options.idle),
        )
        self.transport.seek(position)
        if playing:
            self.transport.play()
        self.filters_changed()
        self.show_kind(event.recording.kind)
        self.write_panels()
        self.draw_timeline()
        if first:
            self.load_bookmarks()
            self._begin()
        if event.complete:
            self.query_one(Timeline).set_known(1.0)
            self.follow_live()
        if self.at_live:
            self.transport.seek(self.transport.duration)
        self.tick()

    def _begin(self) -> None:
        """The first moment at which there is something to see, or what the command line asked for."""
        stream = self.recording.stream
        if len(stream) and stream.times[0] < FIRST_MOMENT:
            self.transport.seek(stream.times[stream.count_until(stream.times[0] + FIRST_MOMENT) - 1])
        if self.options.at and self.options.at != "flagged":
            try:
                start = self.session.fields.start_date
                self.transport.seek(parse_time(self.options.at, self.transport.duration, start=start, zone=UTC))
            except ReplayError as error:
                self.say(str(error), severity="error")
        self._first_moment = self.transport.position
        if self.options.play:
            self.transport.play()

    def on_progress(self, event: Progress) -> None:
        part = "" if event.part is None else f" {min(99, int(event.part * 100))} %"
        self._progress = f"{event.what}{part}" if event.what else ""
        if event.what == "reading":
            self.query_one(Timeline).set_known(event.part if event.part is not None else 1.0)
            self.draw_timeline()
        self._frame_key = ()

    def on_analysed(self, event: Analysed) -> None:
        if event.recording is not self.recording:
            return
        self.findings = event.findings
        self.query_one(RiskPanel).put_findings(event.findings)
        if self.ref.client:
            self.remember_findings()
        self.stage.set_mask(self.mask)
        self.stage.show_statements(event.recording)
        self.collect_marks()
        self.index_text()
        self.write_banner()
        if self.options.at == "flagged" and self.transport.position == self._first_moment and event.findings:
            self.seek(event.findings[0].time)
        self._frame_key = ()

    def on_failed(self, event: Failed) -> None:
        self._progress = ""
        if self.loaded:
            self.say(event.sentence, severity="error")
        else:
            self.stage.show_sentence("This session cannot be opened", event.sentence)

    # -- time -----------------------------------------------------------------------------------------------------

    def seek(self, seconds: float) -> None:
        """Put the playhead at a moment."""
        self.transport.seek(seconds)
        self.at_live = self.live is not None and seconds >= self.transport.duration
        self.tick()

    def tick(self) -> None:
        """Bring everything that depends on time up to the playhead; costs nothing while nothing moves."""
        if not self.loaded or not self.is_attached:
            return
        position, count = self.transport.position, self.transport.count
        key = (
            position, count, self.transport.state, self.transport.speed, self.transport.idle, self.hidden,
            self.clock_mode, self._progress, self._shown_recording, self.keystrokes_shown, len(self.recording.stream),
            self._statement, self.unmasked, len(self._hits),
        )  # fmt: skip
        if key == self._frame_key:
            return
        self._frame_key = key
        if self.kind is Kind.TERMINAL and self._frames:
            self._frames.request(FrameRequest(self._shown_recording, count, position))
        self.query_one(Timeline).set_position(position)
        self.stage.follow(
            count,
            position,
            self.recording,
            keystrokes=self.keystrokes_shown,
            hidden=self.hidden,
            statement=self.current_statement(),
        )
        self.write_status()

    def on_frame_drawn(self, event: FrameDrawn) -> None:
        if event.request.recording is self._shown_recording:
            self.query_one(TerminalView).show(event.frame)
            self.write_labels()

    def on_timeline_scrubbed(self, event: Timeline.Scrubbed) -> None:
        self.seek(event.part * self.transport.duration)

    def on_terminal_view_scrolled(self, event: TerminalView.Scrolled) -> None:
        if event.direction < 0:
            self.show_pane("transcript")

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        # Of several statements at one time, the one that was chosen is the current one.
        statement = self.stage.statement_of(event.item)
        time = self.stage.time_of(event)
        if time is not None:
            self._statement = statement
            self.seek(time)
            if isinstance(finding := event.sender.items[event.position], Finding):
                self.say_findings([finding])

    def filters_changed(self) -> None:
        """Show the screen without the output that is hidden."""
        hidden = "".join(sorted(self.hidden & {"o", "e"}))
        self._shown_recording = self.recording.filtered(hidden)
        if self.pane == "transcript":
            self.show_pane("transcript")
        self.write_banner()
        self.tick()

    def set_size(self, size: TerminalSize | None) -> None:
        """Replay on a terminal of another size."""
        self.recording = self.recording.resized(size)
        self.recording.prime()
        self.filters_changed()
        self.write_panels()
        self._tasks += 1
        self.run_worker(lambda: self._prepare(self.recording), thread=True, group="load", exclusive=True)

    def _prepare(self, recording: Recording) -> None:
        worker = get_current_worker()
        prepare(recording, self.post_message, lambda: worker.is_cancelled)

    # -- words ----------------------------------------------------------------------------------------------------

    def write_status(self) -> None:
        """The status line."""
        flags = [self.live_pill()] if self.live else []
        if self.keystrokes_shown:
            flags.append("keys")
        if self.pane != "main":
            flags.append(self.pane)
        flags += self.extra_flags()
        if self.has_class("-short") and self.kind is Kind.TERMINAL and (view := self.query_one(TerminalView)).shown:
            label = view.view_label.partition(" ")[0]  # there is no border to say it
            flags.append(f"{view.shown.cols}×{view.shown.rows} {label}")
        self.query_one(StatusLine).put(
            Status(
                self.transport.state,
                self.transport.speed,
                self.transport.position,
                self.transport.duration,
                self._clock_text(),
                self.transport.idle,
                "".join(self.hidden),
                tuple(flags),
                self._progress,
            )
        )

    def _clock_text(self) -> str:
        start = self.session.fields.start_date
        if self.clock_mode == "elapsed" or not isinstance(start, datetime):
            return "" if self.clock_mode == "elapsed" else "no start date"
        try:
            moment = start + timedelta(seconds=self.transport.position)
            return moment.astimezone(UTC if self.clock_mode == "utc" else None).strftime("%H:%M:%S %Z")
        except (OverflowError, OSError, ValueError):
            return ""

    def write_panels(self) -> None:
        """Metadata, review and risk."""
        styles, session = self.styles_of_roles(), self.session
        size = str(self.recording.sizes.first) if self.kind is Kind.TERMINAL or not self.loaded else ""
        zone = "utc" if self.clock_mode == "utc" else "local"
        side, risk = self.query_one(SidePanels), self.query_one(RiskPanel)
        events = len(self.recording.stream)
        side.put_session(f"Session · {zone_name(zone)}", metadata(session, styles, zone=zone, size=size, events=events))
        review = session.fields.review
        side.put_review(review_title(review), review_text(review, styles, datetime.now(UTC)))
        risk.put(f"Risk · {badge(session.severity)}", risk_text(session, styles))
        risk.put_findings(self.findings)

    def write_labels(self) -> None:
        """The main pane's border: what is shown, its size and how it is known, how it stands in the pane."""
        self.stage.write_labels(self.recording, self.ref, self.kind)

    def write_banner(self) -> None:
        """What to doubt."""
        notes = self.recording.fidelity if self.findings is not None else self.recording.stream.log.notes
        hidden = [name for kind, name in (("o", "output"), ("e", "error")) if kind in self.hidden]
        extra = f"{' and '.join(hidden)} events are hidden: this is not the screen as it was" if hidden else ""
        self.query_one(FidelityBanner).put(notes, extra)

    def collect_marks(self) -> None:
        """Put statements, findings and resizes on the timeline."""
        stream, recording = self.recording.stream, self.recording
        marks = [
            Mark(stream.time_at_screen(one.offset), MarkKind.RESIZE, str(one.size)) for one in recording.sizes.resizes
        ]
        marks += [Mark(time, MarkKind.MARKER, label) for time, label in recording.loaded.markers]
        if self.findings is not None:
            marks += [Mark(one.time, MarkKind.STATEMENT, one.verb) for one in recording.statements]
            marks += [Mark(one.time, MarkKind.FINDING, one.message, one.severity) for one in self.findings]
        self.marks = marks + self.extra_marks()
        self.query_one(Timeline).set_marks(self.marks)

    def draw_timeline(self) -> None:
        """Activity and idle stretches for the timeline's width."""
        timeline, stream = self.query_one(Timeline), self.recording.stream
        gaps = self.recording.gaps if self.complete else []
        timeline.set_activity(stream.duration, activity(stream, timeline.slots), gaps)

    # -- panes ----------------------------------------------------------------------------------------------------

    def show_kind(self, kind: Kind) -> None:
        """Show the session as a kind."""
        self.kind = kind
        self.pane = "main"
        self.stage.show_kind(kind, self.recording)
        self.write_labels()
        self._frame_key = ()
        self.tick()

    def show_pane(self, name: str) -> None:
        """Show `main`, `transcript` or `raw` in the main pane."""
        self.pane = name
        # What is hidden is left out of the transcript too.
        self.stage.show_pane(name, self._shown_recording if name == "transcript" else self.recording)
        self.write_labels()
        self._frame_key = ()
        self.tick()

    def on_stage_filled(self) -> None:
        self._frame_key = ()
        self.tick()

    def toggle_side(self, panel: type[Widget]) -> None:
        """Show or hide a side panel: a column where there is room, an overlay where there is not."""
        name = "sidebar" if panel is SidePanels else "risk"
        if self.has_class("-narrow"):
            other = "risk" if name == "sidebar" else "sidebar"
            self.remove_class(f"over-{other}")
            self.toggle_class(f"over-{name}")
            if self.has_class(f"over-{name}"):
                self.query_one(panel).query("Panel").first().focus()
            else:
                self.stage.focus_main()
        else:
            self.toggle_class(f"no-{name}")

    def close_overlay(self) -> bool:
        """Close the topmost overlay; says whether there was one."""
        for name in ("over-sidebar", "over-risk", "full"):
            if self.has_class(name):
                self.remove_class(name)
                self.stage.focus_main()
                return True
        if self.close_search():
            return True
        if self.pane != "main":
            self.show_pane("main")
            return True
        if self.keystrokes_shown:
            self.action_keystrokes()
            return True
        return False

    def on_resize(self) -> None:
        self.set_class(self.size.width < 40 or self.size.height < 12, "tiny")
        self.call_after_refresh(self._redraw_for_size)

    def _redraw_for_size(self) -> None:
        if self.loaded and self.is_attached:
            self.draw_timeline()
            self.write_status()
            self.write_labels()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that a text input needs are its own while it has the focus."""
        return not (isinstance(self.focused, Input) and action not in ("close", "focus_next", "focus_previous"))
