"""A session that comes from a gateway: what is allowed there, giving a download up, and following one that still runs.

The stream of a running session grows; the playhead stays at its end unless it is moved back.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from textual.message import Message

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.kind import Kind
from replay_tui.domain.stop import Cancelled
from replay_tui.domain.times import format_time
from replay_tui.gateway.cancel import Cancel
from replay_tui.gateway.live import Appended, Ended, LiveFollower, LiveState, Replaced, State
from replay_tui.gateway.live import Message as FollowerMessage
from replay_tui.recording import Recording, Renewed
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.background import in_background
from replay_tui.ui.loader import Failed, Known, Loading, Opened, make_showable, prepare
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.session_ref import SessionRef

PAUSE, PAUSES = 0.5, 5
"""Seconds, and times as long as it took, before a running session is read anew again."""


class Followed(Message):
    """What the follower says."""

    def __init__(self, said: FollowerMessage) -> None:
        self.said = said
        super().__init__()


class ReadOn(Message):
    """What a running session holds by now, which took so many `seconds` to work out."""

    def __init__(self, recording: Recording, made: Renewed, seconds: float) -> None:
        self.recording, self.made, self.seconds = recording, made, seconds
        super().__init__()


class LiveActions(ReplayBase):
    """The live state: `live` is None for a session that is not followed."""

    ref: SessionRef
    options: PlayOptions
    loader: Loading | None = None
    live: LiveState | None = None
    at_live = False
    _reading_on = False
    _cancel: Cancel

    def on_known(self, event: Known) -> None:
        if event.server and not event.server.downloads_allowed:
            self.say("This gateway has downloads switched off: export and copy are disabled.", severity="warning")
        elif event.server and not event.server.copy_allowed:
            self.say("This gateway has copying switched off.", severity="warning")

    def give_up_reading(self) -> None:
        """Go on with what came of a download that is on its way."""
        if self.loader is not None:
            self.loader.give_up()

    def follow_live(self) -> None:
        """Start following, if the session is running on a gateway."""
        client = self.ref.client
        if self.live is not None:
            return
        if client is None or not self.session.is_open:
            if self.options.follow:
                self.say("There is nothing to follow: this session is not running on a gateway.", severity="warning")
            return
        self.live = LiveState.LIVE
        self.write_banner()
        self.at_live = self.options.follow or self.options.at is None
        recording = self.recording
        follower = LiveFollower(client, recording.session, recording.stream, self._said, cancel=self._cancel)
        self.run_worker(lambda: self._follow(follower), thread=True, group="live", exclusive=True)

    def _said(self, message: FollowerMessage) -> None:
        self.post_message(Followed(message))

    def _follow(self, follower: LiveFollower) -> None:
        try:
            follower.run()
        except ReplayError as error:
            self.post_message(Failed(str(error)))
            self.post_message(Followed(State(LiveState.ENDED, str(error))))

    def on_followed(self, event: Followed) -> None:
        said = event.said
        if isinstance(said, State):
            if said.state is LiveState.RECONNECTING is not self.live:
                self.say("The live connection was lost; it is being made again.", severity="warning")
            elif said.state is LiveState.ENDED and said.reason:
                self.say(said.reason, severity="warning")
            self.live = said.state
            self.write_status()
            self.write_banner()
        elif isinstance(said, Appended):
            self._grown()
        elif isinstance(said, Replaced):
            self._adopt(replace(self.recording.loaded, stream=said.stream), complete=False)
        elif isinstance(said, Ended):
            self.live, self.at_live = LiveState.ENDED, False
            if not said.session.is_open:
                self.recording.stream.log.replace("still-open", "", 0)
            self._adopt(replace(self.recording.loaded, session=said.session), complete=True)
        self.tick()

    def _grown(self) -> None:
        if self.recording.kind is Kind.EMPTY:  # the first events: now there is something to show
            self._adopt(self.recording.loaded, complete=False)
        if self.at_live and not self.transport.playing:
            self.transport.seek(self.transport.duration)
        if self.findings is not None and not self.unmasked:
            self.stage.set_mask(self.mask)
        self.draw_timeline()
        self._read_on()

    def _read_on(self) -> None:
        """Work out statements and findings anew in the background, one time after the other."""
        recording = self.recording
        if self._reading_on or not recording.read or recording.reading.events >= len(recording.stream):
            return
        self._reading_on = True

        def work() -> None:
            began = time.monotonic()
            made = recording.read_again()
            self.post_message(ReadOn(recording, made, time.monotonic() - began))

        in_background(self, work, "read on")

    def on_read_on(self, event: ReadOn) -> None:
        if event.recording is self.recording:
            self.recording.renew(event.made)
            self.statements_grown(event.made.findings)
            self.write_session()

        def again() -> None:
            self._reading_on = False
            self._read_on()

        self.set_timer(max(PAUSE, PAUSES * event.seconds), again)

    def _adopt(self, loaded: object, *, complete: bool) -> None:
        """Go on with a recording made anew of the grown stream."""
        recording = Recording(loaded, size=self.recording.given_size)  # type: ignore[arg-type]
        recording.own_rules = self.recording.own_rules

        def work() -> None:
            make_showable(recording)
            self.post_message(Opened(recording, complete=complete))
            with suppress(Cancelled):
                prepare(recording, self.post_message, lambda: self._cancel.is_set)

        in_background(self, work, "adopt")

    def live_pill(self) -> str:
        """`LIVE`, `BEHIND 00:12`, `RECONNECTING`, `ENDED`, or nothing."""
        if self.live is None:
            return ""
        if self.live is LiveState.RECONNECTING:
            return "RECONNECTING"
        if self.live is LiveState.ENDED:
            return "ENDED"
        behind = self.transport.duration - self.transport.position
        return "LIVE" if behind < 1 else f"BEHIND {format_time(behind, decimals=0).removeprefix('00:')}"
