"""State of the replay screen: the loaded session and the user's choices.

Controllers change it, widgets read it. Every change names the aspects of the screen that it affects; the screen
collects them and redraws only those.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

from replay_tui.analysis.session_analysis import SessionAnalysis
from replay_tui.decoders import DecodeResult
from replay_tui.domain.completeness import Completeness
from replay_tui.domain.finding import Finding
from replay_tui.domain.gateway_report import GatewayReport
from replay_tui.domain.review import ApprovalDefaults
from replay_tui.domain.session import Session
from replay_tui.gateway.account import ServerInfo
from replay_tui.gateway.live_follower import LiveState
from replay_tui.kinds import EMPTY
from replay_tui.player.player import Player
from replay_tui.presenters.pane_text import missing_kinds
from replay_tui.recording import Recording
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.redactor import Redactor
from replay_tui.settings.state_store import StateStore
from replay_tui.sources import LoadedSession
from replay_tui.ui.background import DONE, TaskProgress
from replay_tui.ui.bookmarks import Bookmarks
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.search_state import SearchState
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from textual.widget import Widget

Value = TypeVar("Value")

SAME_MOMENT_SECONDS = 1e-9
"""Tolerance within which two times count as the same moment."""


class Aspect(Enum):
    """A part of the replay screen that is redrawn as a whole."""

    PLAYHEAD = "everything at the playhead: frame, marked rows, keystrokes, status line"
    STATUS = "status line and caption"
    TITLE = "border of the main pane"
    WARNINGS = "banner of fidelity warnings"
    SESSION = "metadata panel"
    REVIEW = "review and risk panels"
    FINDINGS = "list of findings"
    COMMANDS = "list of commands beside the screen"
    MARKS = "marks on the timeline"
    ACTIVITY = "activity and idle gaps on the timeline"


class Observed(Generic[Value]):
    """A field of `ReplayState` that starts as `value`; setting it announces the `aspects` that show it."""

    def __init__(self, value: Value, *aspects: Aspect) -> None:
        self._value, self._aspects = value, aspects

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    @overload
    def __get__(self, state: None, owner: type) -> Self: ...
    @overload
    def __get__(self, state: ReplayState, owner: type) -> Value: ...
    def __get__(self, state: ReplayState | None, owner: type) -> Self | Value:
        if state is None:
            return self
        value: Value = vars(state).get(self._name, self._value)
        return value

    def __set__(self, state: ReplayState, value: Value) -> None:
        vars(state)[self._name] = value
        state.changed(*self._aspects)


class ReplayState:
    """Everything the replay screen shows, except the state of single widgets (scroll positions, cursors).

    `recording` is the whole session, `shown_recording` the same without hidden output. Code that replaces one of them,
    moves the `player`, or changes `search` or `bookmarks` calls `changed`; all other fields are observed. `on_change`
    is called at the first change after `take_changes`. `awaited_part` is the part (0 to 1) of an incomplete recording
    that the user went to, with the position (seconds) that it had: it is another one once the length is known.
    """

    approval_defaults = Observed[ApprovalDefaults | None](None, Aspect.REVIEW)
    """Approval settings of the session's connection; None if they are unknown or do not apply."""
    has_decided = Observed(False, Aspect.REVIEW)
    """True after the user decided the review, so that the next session can be opened."""
    gateway_report = Observed[GatewayReport | None](None, Aspect.SESSION)
    """The gateway's reports about the session; None until they are read."""
    has_session = False
    """True once the metadata is known."""
    has_recording = Observed(False, Aspect.PLAYHEAD)
    """True once a recording can be shown; it may be incomplete."""
    complete = Observed(False, Aspect.ACTIVITY)
    """True once the whole source has been read."""
    known_part = Observed(1.0, Aspect.ACTIVITY)
    """The part of the source (0 to 1) that has been read."""
    kind = Observed(EMPTY, Aspect.PLAYHEAD, Aspect.WARNINGS, Aspect.TITLE, Aspect.COMMANDS)
    """The kind that the session is shown as; `recording.kind` is the detected one."""
    pane = Observed("main", Aspect.PLAYHEAD, Aspect.WARNINGS, Aspect.TITLE)
    """`main`, `transcript` or `raw`."""
    findings = Observed[list[Finding] | None](
        # With the analysis the secrets are known, which the metadata, the review and the risk may mention.
        None, Aspect.PLAYHEAD, Aspect.WARNINGS, Aspect.FINDINGS, Aspect.MARKS, Aspect.SESSION, Aspect.REVIEW,
        Aspect.COMMANDS,
    )  # fmt: skip
    """None until the session is analysed."""
    analysis_failed = Observed(False, Aspect.FINDINGS)
    """True if there will be no findings, because the source could not be read or not be analysed."""
    hidden = Observed(frozenset[str](), Aspect.PLAYHEAD, Aspect.WARNINGS)
    """The hidden event kinds."""
    commands_beside = Observed(True, Aspect.COMMANDS, Aspect.PLAYHEAD)
    """True if the commands of a terminal session are shown beside its screen when there is room."""
    details_shown = Observed(False, Aspect.SESSION, Aspect.REVIEW)
    """True while the panels show ids, sizes and metadata too."""
    keystrokes_shown = Observed(False, Aspect.PLAYHEAD)
    hidden_input_revealed = Observed(False, Aspect.PLAYHEAD)
    """True while hidden input is shown."""
    clock_mode = Observed("local", Aspect.PLAYHEAD, Aspect.SESSION, Aspect.REVIEW)
    progress = Observed(DONE, Aspect.STATUS)
    list_position = Observed("", Aspect.TITLE)
    """Such as `2 of 5`, empty for a single session."""
    live = Observed[LiveState | None](None, Aspect.STATUS, Aspect.WARNINGS)
    """None if the session is not followed."""
    filters = Observed[Mapping["Widget", str]]({}, Aspect.STATUS)
    """The filter text of each list."""
    stepped_statement = Observed[int | None](None, Aspect.PLAYHEAD)
    """The number of the statement that the user stepped to; several statements may have the same time."""
    findings_by_time = Observed(False, Aspect.FINDINGS, Aspect.PLAYHEAD)
    """True if the list of findings is in order of time, not the worst first."""
    stepped_finding = Observed[int | None](None, Aspect.PLAYHEAD)

    def __init__(
        self,
        ref: SessionRef,
        options: LaunchOptions,
        clock: Callable[[], float],
        store: StateStore,
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        self.awaited_part: tuple[float, float] | None = None
        self._changes: set[Aspect] = set()
        self._on_change = on_change
        self.ref, self.options, self.clock, self.store = ref, options, clock, store
        self.recording = self.shown_recording = Recording(LoadedSession(ref.path))
        self.player = Player(self.recording.stream, clock=clock)
        self.search, self.bookmarks = SearchState(), Bookmarks(store)
        self.server: ServerInfo | None = None
        self.load_failed = False  # the source could not be read, or only in part, or not be analysed
        self.at_live = False  # True while the playhead stays at the end of a growing session
        self.statement_times: Sequence[float] = ()
        self._playhead: tuple[object, ...] = ()
        self._growing_redactor: tuple[tuple[int, int], int, Redactor] = (0, 0), 0, Redactor.none()

    # -- changes --------------------------------------------------------------------------------------------------

    def changed(self, *aspects: Aspect) -> None:
        """Request that these parts of the screen are redrawn."""
        first = not self._changes
        self._changes.update(aspects)
        if first and self._changes:
            self._on_change()

    @property
    def has_changes(self) -> bool:
        """True if a change has been announced but not taken, and so not drawn, yet."""
        return bool(self._changes)

    def take_changes(self) -> frozenset[Aspect]:
        """Return the aspects that were announced since the last call."""
        changes, self._changes = frozenset(self._changes), set()
        if Aspect.PLAYHEAD in changes:
            self._playhead = self._current_playhead()
        return changes

    def announce_playhead(self) -> None:
        """Announce the playhead if playback, or a stream that has grown, moved it since it was taken."""
        if self._current_playhead() != self._playhead:
            self.changed(Aspect.PLAYHEAD)

    def _current_playhead(self) -> tuple[object, ...]:
        player = self.player
        return player.position, player.count, player.state, player.speed, player.idle, len(self.recording.stream)

    def show_progress(self, progress: TaskProgress) -> None:
        """Set `progress`; usable as a callback."""
        self.progress = progress

    @property
    def completeness(self) -> Completeness:
        """What was read, and analysed by now."""
        analysed = self.findings is not None and self.recording.has_findings
        return self.recording.completeness if analysed else self.recording.known_completeness

    # -- derived values----------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session being replayed, without secrets once they are known."""
        known = self.findings is not None and self.recording.is_analysed
        return self.recording.displayed_session if known else self.recording.session

    @property
    def now(self) -> datetime:
        """The current time in UTC, by the gateway's clock for a session of a gateway."""
        return self.ref.client.now() if self.ref.client else datetime.now(UTC)

    @property
    def name(self) -> str:
        """Name of the session before its metadata is loaded; not sanitised."""
        return self.ref.title or self.ref.path

    @property
    def redactor(self) -> Redactor:
        """The redactor of hidden input; authentication messages stay hidden even while that is revealed."""
        stream = self.recording.stream
        reading = self.recording.analysis if self.recording.is_analysed else SessionAnalysis([], DecodeResult())
        if self.hidden_input_revealed:
            return reading.revealed.redactor
        if self.recording.is_analysed and reading.event_count >= len(stream):
            return self.recording.redactor
        # The session is growing: input that has not been analysed is hidden if it may have been hidden.
        known, events, mask = self._growing_redactor
        if known != (id(self.recording), reading.event_count) or events != len(stream):
            later = suspected_hidden_input(stream, reading.event_count)
            mask = reading.redactor.extended(later)
            self._growing_redactor = (id(self.recording), reading.event_count), len(stream), mask
        return mask

    @property
    def missing_output(self) -> str:
        """The hidden kinds of output that would otherwise be visible in the current view."""
        return missing_kinds(self.hidden, self.kind, self.recording.kind, self.pane)

    @property
    def current_statement(self) -> int | None:
        """The number of the statement that the user stepped to, while the playhead is still there."""
        number, times = self.stepped_statement, self.statement_times
        return number if number is not None and number < len(times) and self.is_at(times[number]) else None

    @property
    def statement_at_playhead(self) -> int:
        """The number of the current statement, else of the last one up to the playhead; -1 before the first."""
        if (stepped_to := self.current_statement) is not None:
            return stepped_to
        return 0 if self.is_one_moment else bisect_right(self.statement_times, self.player.position) - 1

    @property
    def has_commands(self) -> bool:
        """True if the recorded screen is shown and commands are known that can be listed beside it."""
        return self.kind.has_screen and self.findings is not None and bool(self.statement_times)

    @property
    def current_finding(self) -> int | None:
        """The number of the finding that the user stepped to, while the playhead is still there."""
        number, found = self.stepped_finding, self.findings or ()
        return number if number is not None and number < len(found) and self.is_at(found[number].time) else None

    @property
    def is_one_moment(self) -> bool:
        """Return True if all statements have the same time, because they come from one script."""
        times = self.statement_times
        return bool(times) and times[0] == times[-1] and self.recording.kind.prints_lines

    def is_at(self, seconds: float) -> bool:
        """Return True if the playhead is at a moment; later moments than the end count as the end."""
        return abs(min(seconds, self.player.duration) - self.player.position) < SAME_MOMENT_SECONDS
