"""What the replay screen does as a session becomes known, readable, and analysed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from textual.message import Message

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.finding import Finding, flagged
from replay_tui.domain.text import shorten
from replay_tui.domain.times import parse_time
from replay_tui.player.idle import IdleMode
from replay_tui.player.transport import Transport
from replay_tui.ui.actions.bookmarks import BookmarkActions
from replay_tui.ui.early import EarlyKeys
from replay_tui.ui.loader import Analysed, Failed, Known, Loading, Opened, Progress
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.layout import ReplayLayout
from replay_tui.ui.widgets.panels import RiskPanel
from replay_tui.ui.widgets.timeline import Timeline

FIRST_MOMENT = 0.05
"""Seconds within which the first events count as one moment."""
DRAWN, GRACE = 0.04, 0.3
"""Seconds after which what changed is drawn (an interface that draws is late with its timers too), and those for which
loading waits for that at most: two threads at once would take turns."""


class ReplayOpening(BookmarkActions, ReplayLayout):
    """Takes the loader's messages. A recording may be replaced by one that holds more: the playhead stays."""

    options: PlayOptions
    clock: Callable[[], float]
    _early: EarlyKeys
    load_failed = False
    _first_moment = 0.0
    _begun = False

    def load(self) -> None:
        """Load the session, in the calling thread."""
        self.loader = Loading(self.ref, self.options.size, self._take, self._cancel, self.options.rules)
        self.loader.run()

    def _take(self, message: Message) -> None:
        if self.post_message(message) and isinstance(message, Opened):
            message.seen.wait(GRACE)

    def on_known(self, event: Known) -> None:
        self.recording.loaded.session = event.session
        self.server = event.server
        self.write_panels()
        self.write_labels()

    def on_opened(self, event: Opened) -> None:
        first = not self.loaded
        self.loaded, self.complete = True, event.complete
        position, playing = self.transport.position, self.transport.playing
        waiting = not self._begun and (first or position == self._first_moment)
        play_now = event.complete and not self._begun if self._at_a_time else first
        self._begun = self._begun or event.complete
        self.recording = event.recording
        self.transport = Transport(
            event.recording.stream,
            event.recording.gaps if event.complete else (),
            self.clock,
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
        if waiting:  # what was asked for may lie beyond what had been read
            self._go_to_begin()
        if self.options.play and play_now:
            self.transport.play()
        if first:
            self.bookmarks.load(self.session_key)
            self.call_after_refresh(self._say_title)  # how high the terminal is may not be known yet
        if event.complete:
            self.query_one(Timeline).set_known(1.0)
            self.follow_live()
        if self.at_live:
            self.transport.seek(self.transport.duration)
        self.tick()
        self._press_early(analysed=False)
        self.set_timer(DRAWN, event.seen.set)

    def _press_early(self, *, analysed: bool) -> None:
        app: Any = self.app
        app.key_queue.put_first(self._early.ready(analysed=analysed))

    def _say_title(self) -> None:
        if self.has_class("-short"):  # there is no border to say it
            self.say(shorten(self.title_line, 56))

    @property
    def _at_a_time(self) -> str:
        """The moment that the command line asked for."""
        return "" if self.options.at in (None, "flagged") else self.options.at

    def _go_to_begin(self) -> None:
        """The first moment at which there is something to see, or what the command line asked for."""
        stream = self.recording.stream
        if len(stream) and stream.times[0] < FIRST_MOMENT:
            self.transport.seek(stream.times[stream.count_until(stream.times[0] + FIRST_MOMENT) - 1])
        if at := self._at_a_time:
            try:
                start = self.session.fields.start_date
                self.transport.seek(parse_time(at, self.transport.duration, start=start, zone=UTC))
            except ReplayError as error:
                self.say(str(error), severity="error")
        self._first_moment = self.transport.position

    def on_progress(self, event: Progress) -> None:
        part = "" if event.part is None else f" {min(99, int(event.part * 100))} %"
        hint = f", {event.hint}" if event.hint else ""
        self.progress = f"{event.what}{part}" if event.what else ""
        if not self.loaded and event.what:
            self.stage.show_opening(self.ref.title or self.ref.path, self.progress + hint)
        if self.size.width >= 100:
            self.progress += hint
        if event.what == "reading":
            self.query_one(Timeline).set_known(event.part if event.part is not None else 1.0)
            self.draw_timeline()
        self.redraw_later()

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
        if self.options.at == "flagged" and self.transport.position == self._first_moment:
            if worth := flagged(event.findings):
                self.seek(worth[0].time)
            else:
                self.say("No flagged moment in this session.")
        self._press_early(analysed=True)
        self.redraw_later()

    def statements_grown(self, findings: list[Finding]) -> None:
        """Show the statements and findings that a running session holds by now."""
        self.findings = findings
        self.query_one(RiskPanel).put_findings(findings)
        if not self.unmasked:
            self.stage.set_mask(self.mask)
        self.stage.show_statements(self.recording, grown=True)
        self.collect_marks()
        self.write_banner()
        self.redraw_later()

    def on_failed(self, event: Failed) -> None:
        self.progress, self.load_failed = "", True
        if self.loaded:
            self.say(event.sentence, severity="error")
        else:
            self.stage.show_sentence("This session cannot be opened", event.sentence)
