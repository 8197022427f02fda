"""What of a session is replayed: without the output that is hidden, on a terminal of another size."""

from __future__ import annotations

from contextlib import suppress

from textual.message import Message

from replay_tui.domain.kind import Kind
from replay_tui.domain.size import TerminalSize
from replay_tui.domain.stop import Cancelled
from replay_tui.gateway.cancel import Cancel
from replay_tui.recording import Recording
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.background import in_background
from replay_tui.ui.loader import prepare


class Rest(Message):
    """What is left of a recording without the events that are `hidden`, ready to be shown as a `kind`."""

    def __init__(self, recording: Recording, hidden: frozenset[str], kind: Kind, rest: Recording) -> None:
        self.recording, self.hidden, self.kind, self.rest = recording, hidden, kind, rest
        super().__init__()


class SelectActions(ReplayBase):
    """Chooses `shown_recording`, and `recording` itself where its size changes."""

    _cancel: Cancel

    @property
    def _hidden_output(self) -> frozenset[str]:
        return self.hidden & {"o", "e"}

    def filters_changed(self) -> None:
        """Show the screen without the output that is hidden."""
        recording, hidden, kind = self.recording, self._hidden_output, self.kind
        if hidden:  # what is left of a million events takes a while

            def work() -> None:
                rest = recording.filtered("".join(hidden))
                if kind in (Kind.TABLE, Kind.TEXT):
                    _ = rest.decoded.table if kind is Kind.TABLE else None, rest.output_rows
                self.post_message(Rest(recording, hidden, kind, rest))

            in_background(self, work, "rest")
        else:
            self._replay(recording)
        self.write_banner()

    def on_rest(self, event: Rest) -> None:
        if (event.recording, event.hidden, event.kind) == (self.recording, self._hidden_output, self.kind):
            self._replay(event.rest)

    def _replay(self, recording: Recording) -> None:
        self.shown_recording = recording
        if self.pane == "transcript":
            self.show_pane("transcript")
        if self.kind in (Kind.TABLE, Kind.TEXT) and not self.stage.shows_output_of(recording):
            focused = self.focused is self.stage.main_target
            self.stage.show_output(self.kind, recording)
            if focused:  # a table without rows gives way to its text
                self.focus_main()
        self.tick()

    def set_size(self, size: TerminalSize | None) -> None:
        """Replay on a terminal of another size."""
        self.recording = self.recording.resized(size)
        self.recording.prime()
        self.filters_changed()
        self.write_panels()
        recording = self.recording
        in_background(self, lambda: self._prepare(recording), "resize")

    def _prepare(self, recording: Recording) -> None:
        with suppress(Cancelled):
            prepare(recording, self.post_message, lambda: self._cancel.is_set or recording is not self.recording)
