"""Loading of the session: starts the session loader and applies its events to the state."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from replay_tui.domain.errors import GatewayError, ReplayError
from replay_tui.domain.gateway_report import GatewayReport
from replay_tui.gateway.account import ServerInfo
from replay_tui.player.player import IdleMode, Player
from replay_tui.ui.background import DONE, Task, TaskProgress
from replay_tui.ui.controllers.bookmarks import BookmarkActions
from replay_tui.ui.controllers.filtering import Filtering
from replay_tui.ui.controllers.live import Live
from replay_tui.ui.controllers.search import Search
from replay_tui.ui.controllers.session_list import SessionList
from replay_tui.ui.controllers.stepping import Stepping
from replay_tui.ui.controllers.view import View
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.session_loader import (
    AnalysisFinished,
    LoaderEvent,
    LoadFailed,
    MetadataLoaded,
    MetadataRefreshed,
    RecordingLoaded,
    SessionLoader,
)

FIRST_MOMENT_SECONDS = 0.05
"""Events within this time of the first one count as the first moment."""
PAINT_DELAY_SECONDS, MAX_LOADER_PAUSE_SECONDS = 0.04, 0.3
"""Time after which the screen has drawn a new recording, and how long the loader waits for it at most: two busy
threads would slow each other down."""


class Loading:
    """Handles the events of the session loader. The playhead stays when a longer recording replaces the current one."""

    def __init__(
        self,
        state: ReplayState,
        screen: ScreenView,
        *,
        stepping: Stepping,
        filtering: Filtering,
        search: Search,
        view: View,
        bookmarks: BookmarkActions,
        live: Live,
        session_list: SessionList,
    ) -> None:
        self._state, self._screen, self._stepping = state, screen, stepping
        self._filtering, self._search, self._view = filtering, search, view
        self._bookmarks, self._live, self._session_list = bookmarks, live, session_list
        self._loader: SessionLoader | None = None
        self.after_metadata: Callable[[], None] = lambda: None
        """Called when the metadata of a gateway's session is loaded."""
        self._first_moment = 0.0
        self._begun = False

    def load(self) -> None:
        """Load the session in the background, and in parallel the permissions of its gateway."""
        if self._state.ref.client is not None and self._state.server is None:
            self.request_permissions(self._permitted)
        self._screen.background.start("loading the session", self._load, detached=True)

    def _load(self, task: Task) -> None:
        def post(event: LoaderEvent) -> None:
            if task.deliver(self.handle_event, event) and isinstance(event, RecordingLoaded):
                event.drawn.wait(MAX_LOADER_PAUSE_SECONDS)

        options = self._state.options
        options.on_opened(self._state.ref)
        self._loader = SessionLoader(self._state.ref, options.size, post, task.cancel, options.rules)
        self._loader.run()

    def request_permissions(self, done: Callable[[ServerInfo], object]) -> None:
        """Request the gateway's permissions in the background; `done` receives them, unknown ones too."""
        client, state = self._state.ref.client, self._state
        assert client is not None

        def work(task: Task) -> ServerInfo:
            try:
                return client.read.server(cancel=task.cancel)
            except GatewayError:  # opening the session reports it
                return ServerInfo()

        def known(server: ServerInfo) -> None:
            state.server = None if server.downloads_unknown else server
            done(server)

        self._screen.background.start("requesting the gateway's permissions", work, done=known)

    def _permitted(self, server: ServerInfo) -> None:
        if server.downloads_unknown:
            return  # an export asks again
        if not server.downloads_allowed:
            self._screen.say("Export and copy are unavailable: the gateway has disabled downloads.", severity="warning")
        elif not server.copy_allowed:
            self._screen.say("Copy is unavailable: the gateway has disabled it.", severity="warning")

    def stop_reading(self) -> None:
        """Stop a running download and keep what has arrived."""
        if self._loader is not None:
            self._loader.stop()

    def handle_event(self, event: LoaderEvent) -> None:
        """Handle an event of a session loader."""
        match event:
            case MetadataLoaded():
                self._known(event)
            case MetadataRefreshed():
                self._refreshed(event)
            case RecordingLoaded():
                self._loaded(event)
            case AnalysisFinished():
                self._analysed(event)
            case LoadFailed():
                self._failed(event)
            case TaskProgress():
                self._progressed(event)

    def _known(self, event: MetadataLoaded) -> None:
        state = self._state
        state.recording.loaded_session.session, state.has_session = event.session, True
        state.changed(Aspect.SESSION, Aspect.REVIEW, Aspect.FINDINGS, Aspect.TITLE)
        self._request_report()
        self.after_metadata()

    def _refreshed(self, event: MetadataRefreshed) -> None:
        from replay_tui.gateway.session_download import STORED_COPY  # loads httpx

        self._state.recording.stream.log.replace(STORED_COPY, "", 0)
        self._known(MetadataLoaded(event.session))
        self._state.changed(Aspect.WARNINGS)
        self._screen.say("The gateway answers again: metadata and review are current.")

    def _request_report(self) -> None:
        """Request the gateway's reports about the session in the background; none of them delays the recording."""
        state, client, session = self._state, self._state.ref.client, self._state.recording.session
        if client is None:
            return

        def work(task: Task) -> GatewayReport:
            from replay_tui.gateway.report_api import read_report  # loads httpx

            return read_report(client.read, session, cancel=task.cancel)

        def known(report: GatewayReport) -> None:
            state.gateway_report = report

        self._screen.background.start("requesting the gateway's reports", work, done=known)

    def _loaded(self, event: RecordingLoaded) -> None:
        state, before = self._state, self._state.player
        first = not state.has_recording
        state.has_session, state.has_recording, state.complete = True, True, event.complete
        position, playing = before.position, before.playing
        waiting = not self._begun and state.awaited_part is None and (first or position == self._first_moment)
        play_now = event.complete and not self._begun if self._at_a_time else first
        self._begun = self._begun or event.complete
        state.recording, idle_limit = event.recording, event.recording.loaded_session.idle_limit
        state.player = Player(
            event.recording.stream,
            event.recording.playback_gaps if event.complete else (),
            state.clock,
            speed=before.speed if not first else state.options.speed,
            idle=before.idle if not first else _first_idle_mode(state.options.idle, idle_limit),
            idle_limit=idle_limit,
        )
        state.player.seek(position)
        self._go_to_awaited_part(position)
        if playing:
            state.player.play()
        self._filtering.apply()
        self._view.show_kind(event.recording.kind)
        state.changed(Aspect.SESSION, Aspect.REVIEW, Aspect.FINDINGS, Aspect.ACTIVITY)
        if waiting:  # the start position may be beyond the part that had been read
            self._go_to_start()
        if state.options.play and play_now:
            state.player.play()
        if first:
            self._bookmarks.load()
        if event.complete:
            state.known_part = 1.0
            self._search.start_waiting()
            self._live.follow()
        if state.at_live:
            state.player.seek(state.player.duration)
        self._screen.release_keys(analysed=False, complete=event.complete)
        self._screen.set_timer(PAINT_DELAY_SECONDS, event.drawn.set)
        if event.complete and state.options.batch:
            state.options = replace(state.options, batch=False)
            self._screen.call_later(self._session_list.batch)

    def _go_to_awaited_part(self, position: float) -> None:
        """Go to the part of the recording that was asked for before its length was known, unless the user moved on."""
        state = self._state
        if state.awaited_part is not None and state.awaited_part[1] == position:
            state.player.seek(state.awaited_part[0] * state.player.duration)
            state.awaited_part = None if state.complete else (state.awaited_part[0], state.player.position)

    @property
    def _at_a_time(self) -> str:
        """The start position of the command line, empty if none or `flagged`."""
        at = self._state.options.at
        return "" if at in (None, "flagged") else at

    def _go_to_start(self) -> None:
        """Go to the start position of the command line, else to the first events."""
        state = self._state
        stream, player = state.recording.stream, state.player
        if len(stream) and stream.times[0] < FIRST_MOMENT_SECONDS:
            player.seek(stream.times[stream.event_count_at(stream.times[0] + FIRST_MOMENT_SECONDS) - 1])
        if at := self._at_a_time:
            try:
                player.seek(state.recording.parse_position(at))
            except ReplayError as error:
                self._screen.say(str(error), severity="error")
        self._first_moment = player.position

    def _progressed(self, progress: TaskProgress) -> None:
        state = self._state
        state.progress = progress
        if not state.has_recording and progress.label:
            hint = f", {progress.hint}" if progress.hint else ""
            self._screen.main_pane.show_loading(state.name, progress.text + hint, progress.part)
        state.announce_playhead()  # more events may have the playhead's time
        if progress.label == "reading":
            state.known_part = progress.part if progress.part is not None else 1.0

    def _analysed(self, event: AnalysisFinished) -> None:
        state = self._state
        if event.recording is not state.recording:
            return
        first = state.findings is None
        self._view.show_findings(event.findings)
        if first and state.kind.opens_raw:  # not before: typed bytes are shown once hidden input is known
            self._view.raw()
        if state.ref.client:
            self._bookmarks.remember_findings()
        self._search.index_text()
        if state.options.at == "flagged" and state.player.position == self._first_moment:
            self._stepping.worst()
        self._screen.release_keys(analysed=True)

    def _failed(self, event: LoadFailed) -> None:
        message = event.message
        self._state.progress, self._state.load_failed = DONE, True
        self._state.analysis_failed = not event.is_partial
        self._screen.release_keys(analysed=True)
        if self._state.has_recording:
            self._screen.say(message, severity="error")
        else:
            self._screen.main_pane.show_message("Cannot open this session", message)


def _first_idle_mode(chosen: str | None, limit: float | None) -> IdleMode:
    """Return the mode at the start. A limit in the recording's header is in force unless a mode was chosen."""
    if chosen is not None:
        return IdleMode(chosen)
    return IdleMode.REAL if limit is None else IdleMode.LIMIT
