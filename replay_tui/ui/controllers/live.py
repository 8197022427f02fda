"""Live view: follows a session that is running on a gateway.

Its stream grows; the playhead stays at the end unless the user moves it back.
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from replay_tui.analysis.shared_results import Reanalysis
from replay_tui.gateway.live_follower import (
    EventsAppended,
    LiveFollower,
    LiveState,
    LiveStateChanged,
    Message,
    SessionEnded,
    StreamReplaced,
)
from replay_tui.recording import Recording
from replay_tui.sources import LoadedSession
from replay_tui.ui.background import Task
from replay_tui.ui.controllers.view import View
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.session_loader import Post, RecordingLoaded, precompute_display, prepare

MIN_REANALYSIS_PAUSE_SECONDS, REANALYSIS_PAUSE_FACTOR = 0.5, 5
"""Minimum pause before a running session is analysed again, and the pause as a multiple of the last analysis time."""


class Live:
    """Follows the session and shows new events; `loaded` receives a recording that replaces the previous one."""

    def __init__(self, state: ReplayState, screen: ScreenView, view: View, loaded: Post) -> None:
        self._state, self._screen, self._view, self._loaded = state, screen, view, loaded
        self._analysing = False

    def follow(self) -> None:
        """Start following, if the session is running on a gateway."""
        state = self._state
        client = state.ref.client
        if state.live is not None:
            return
        if client is None or not state.session.is_open:
            if state.options.follow:
                self._screen.say("Not following: this session is not running on a gateway.", severity="warning")
            return
        state.live = LiveState.LIVE
        state.at_live = state.options.follow or state.options.at is None
        session, stream, encoding = state.session, state.recording.stream, state.ref.encoding

        def work(task: Task) -> None:
            def tell(message: Message) -> None:
                task.deliver(self._take, message)

            LiveFollower(client, session, stream, tell, encoding=encoding, cancel=task.cancel).run()

        self._screen.background.start("following the session", work, failed=self._failed, newest_wins=True)

    def _failed(self, message: str) -> None:
        self._screen.say(message, severity="error")
        self._take(LiveStateChanged(LiveState.LOST, message))

    def _take(self, message: Message) -> None:
        state = self._state
        if isinstance(message, LiveStateChanged):
            if message.state is LiveState.RECONNECTING is not state.live:
                self._screen.say("The live connection was lost. Reconnecting …", severity="warning")
            elif message.state is LiveState.ENDED and message.reason:
                self._screen.say(message.reason, severity="warning")
            state.live = message.state
        elif isinstance(message, EventsAppended):
            self._grown()
        elif isinstance(message, StreamReplaced):
            self._replace_recording(replace(state.recording.loaded_session, stream=message.stream), complete=False)
        elif isinstance(message, SessionEnded):
            state.live, state.at_live = LiveState.ENDED, False
            if not message.session.is_open:
                state.recording.stream.log.replace("still-open", "", 0)
            self._replace_recording(replace(state.recording.loaded_session, session=message.session), complete=True)
        state.changed(Aspect.PLAYHEAD)

    def _grown(self) -> None:
        state = self._state
        if state.recording.kind.is_empty:  # the first events decide how the session is shown
            self._replace_recording(state.recording.loaded_session, complete=False)
        if state.at_live and not state.player.playing:
            state.player.seek(state.player.duration)
        if state.findings is not None and not state.hidden_input_revealed:
            self._screen.main_pane.set_redactor(state.redactor)
        state.changed(Aspect.ACTIVITY)
        self._analyse_again()

    def _analyse_again(self) -> None:
        """Analyse the grown session again in the background, one analysis at a time."""
        recording = self._state.recording
        if self._analysing or not recording.is_analysed or recording.analysis.event_count >= len(recording.stream):
            return
        self._analysing = True

        def work(_task: Task) -> tuple[Reanalysis, float]:
            began = time.monotonic()
            return recording.reanalyse(), time.monotonic() - began

        def done(result: tuple[Reanalysis, float]) -> None:
            made, seconds = result
            if recording is self._state.recording:
                recording.apply(made)
                self._view.show_findings(recording.findings, grown=True)
                self._state.changed(Aspect.SESSION)
            self._screen.set_timer(max(MIN_REANALYSIS_PAUSE_SECONDS, REANALYSIS_PAUSE_FACTOR * seconds), again)

        def failed(message: str) -> None:
            self._screen.say(message, severity="error")
            self._screen.set_timer(MIN_REANALYSIS_PAUSE_SECONDS, again)

        def again() -> None:
            self._analysing = False
            self._analyse_again()

        self._screen.background.start("analysing new events", work, done=done, failed=failed, detached=True)

    def _replace_recording(self, loaded: LoadedSession, *, complete: bool) -> None:
        """Replace the recording by one of the changed session or stream."""
        shown = self._state.recording
        recording = Recording(loaded, size=shown.given_size, custom_rules=shown.custom_rules)

        def work(task: Task) -> None:
            precompute_display(recording)
            task.deliver(self._loaded, RecordingLoaded(recording, complete))
            prepare(recording, lambda event: task.deliver(self._loaded, event), task.is_cancelled)

        self._screen.background.start("updating the recording", work, detached=True)
