"""What the groups of actions share: the replay screen's state, and what they may ask of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from textual.screen import Screen

from replay_tui.analysis.secrets import Mask
from replay_tui.analysis.statements import Reading
from replay_tui.analysis.unseen import unseen
from replay_tui.decoders import Decoded
from replay_tui.domain.finding import Finding
from replay_tui.domain.kind import Kind
from replay_tui.domain.session import Session
from replay_tui.domain.size import TerminalSize
from replay_tui.domain.text import clean
from replay_tui.gateway.account import ServerInfo
from replay_tui.player.transport import Transport
from replay_tui.recording import Recording
from replay_tui.ui.bookmarks import Bookmarks
from replay_tui.ui.describe.hiding import left_out
from replay_tui.ui.hits import Hits

if TYPE_CHECKING:
    from replay_tui.ui.widgets.line_list import LineList
    from replay_tui.ui.widgets.stage import Stage

Severity = Literal["information", "warning", "error"]


class ReplayBase(Screen[None]):
    """The state that actions read and change. `hidden` holds the event kinds left out, `pane` what is shown,
    `filters` the texts that rows of lists must hold.

    `recording` is the whole session, `shown_recording` the same without the output that is hidden.
    """

    recording: Recording
    shown_recording: Recording
    transport: Transport
    kind: Kind
    hidden: frozenset[str]
    keystrokes_shown: bool
    clock_mode: str
    pane: str
    findings: list[Finding] | None
    unmasked: bool
    hits: Hits
    filters: Mapping[LineList[Any], str] = {}
    bookmarks: Bookmarks
    server: ServerInfo | None = None
    _notices: Mapping[str, float] = {}  # replaced, never changed: notices by the time at which they go
    _while_running: tuple[tuple[int, int], int, Mask] = ((0, 0), 0, Mask())

    @property
    def session(self) -> Session:
        """The session being replayed."""
        return self.recording.session

    @property
    def mask(self) -> Mask:
        """What hides secrets; while they are revealed only the authentication messages of a wire, which never are."""
        stream = self.recording.stream
        reading = self.recording.reading if self.recording.read else Reading([], Decoded())
        if self.unmasked:
            return Mask((), reading.decoded.hidden)
        if self.recording.read and reading.events >= len(stream):
            return self.recording.mask
        # The session runs on, or is being read anew: what is not read yet is judged cautiously.
        known, events, mask = self._while_running
        if known != (id(self.recording), reading.events) or events != len(stream):
            later = unseen(stream, reading.events)
            mask = Mask((*reading.secrets, *later), reading.decoded.hidden)
            self._while_running = (id(self.recording), reading.events), len(stream), mask
        return mask

    @property
    def missing(self) -> str:
        """The kinds of events that are hidden and would else be seen in what is shown."""
        return left_out(self.hidden, self.kind, self.recording.kind, self.pane)

    @property
    def stage(self) -> Stage:
        """The main pane."""
        from replay_tui.ui.widgets.stage import Stage

        return self.query_one(Stage)

    @property
    def place_in_list(self) -> str:
        """Such as `2 of 5`, nothing for a session that stands alone."""
        return ""

    def say(self, sentence: str, severity: Severity = "information") -> None:
        """A short notice; one that is still there is not said twice."""
        now, seconds = time.monotonic(), 3 if severity == "information" else 6
        if self._notices.get(sentence, 0.0) > now:
            return
        self._notices = {said: until for said, until in self._notices.items() if until > now} | {
            sentence: now + seconds
        }
        self.notify(clean(sentence, lines=True), severity=severity, timeout=seconds, markup=False)

    def seek(self, seconds: float) -> None:
        """Put the playhead at a moment."""
        raise NotImplementedError

    def current_statement(self) -> int | None:
        """The number of the statement that was stepped to, while the playhead is still at it."""
        raise NotImplementedError

    def current_finding(self) -> int | None:
        """The number of the finding that was stepped to, while the playhead is still at it."""
        raise NotImplementedError

    def tick(self) -> None:
        """Bring what depends on time up to the playhead."""
        raise NotImplementedError

    def redraw_later(self) -> None:
        """Draw at the next tick, though nothing moved."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw now, though nothing moved."""
        self.redraw_later()
        self.tick()

    def uncover(self) -> None:
        """Close an overlay that lies over the recording, which is to be looked at now."""
        raise NotImplementedError

    def focus_main(self) -> None:
        """Give the keys to what is visible in the middle."""
        raise NotImplementedError

    def filters_changed(self) -> None:
        """Show the screen without the kinds that are hidden."""
        raise NotImplementedError

    def set_size(self, size: TerminalSize | None) -> None:
        """Replay on a terminal of another size."""
        raise NotImplementedError

    def show_kind(self, kind: Kind) -> None:
        """Show the session as a kind."""
        raise NotImplementedError

    def show_pane(self, name: str) -> None:
        """Show `main`, `transcript` or `raw`."""
        raise NotImplementedError

    def close_overlay(self) -> bool:
        """Close the topmost overlay; says whether there was one."""
        raise NotImplementedError

    def close_filter(self) -> bool:
        """Show all rows of the focused list again; says whether some were left out."""
        raise NotImplementedError

    def forget_hits(self) -> bool:
        """End the search; says whether there was one."""
        raise NotImplementedError

    def load(self) -> None:
        """Load the session, in the calling thread."""
        raise NotImplementedError

    def give_up_reading(self) -> None:
        """Go on with what came of a download."""
        raise NotImplementedError

    def statements_grown(self, findings: list[Finding]) -> None:
        """Show the statements and findings that a running session holds by now."""
        raise NotImplementedError

    def collect_marks(self) -> None:
        """Put everything worth a tick on the timeline."""
        raise NotImplementedError

    def draw_timeline(self) -> None:
        """Draw activity and idle stretches anew."""
        raise NotImplementedError

    def write_panels(self) -> None:
        """Write the side panels anew."""
        raise NotImplementedError

    def write_session(self) -> None:
        """Write the session's panel anew."""
        raise NotImplementedError

    def write_banner(self) -> None:
        """Write anew what to doubt."""
        raise NotImplementedError

    def write_status(self) -> None:
        """Write the status line anew."""
        raise NotImplementedError

    def write_labels(self) -> None:
        """Write the main pane's border anew."""
        raise NotImplementedError
