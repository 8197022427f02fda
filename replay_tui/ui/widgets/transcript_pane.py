"""The transcript pane: the session's text with times, read in the background."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from rich.text import Text
from textual.message import Message
from textual.worker import get_current_worker

from replay_tui.domain.stop import Cancelled
from replay_tui.domain.text import tabbed
from replay_tui.domain.times import format_time
from replay_tui.recording import Recording
from replay_tui.terminal.lines import TranscriptLine
from replay_tui.ui.widgets.line_list import LineList


class TranscriptPane(LineList[TranscriptLine]):
    """The session's text with times, in step with the playhead. `read` fills it in a thread; the newest wins."""

    class Read(Message):
        """The lines of a recording, as a thread has read them."""

        def __init__(self, recording: Recording, lines: Sequence[TranscriptLine]) -> None:
            self.recording, self.lines = recording, lines
            self.times = array("d", (line.time for line in lines))
            self.widest = max((len(line.text) for line in lines), default=0)
            super().__init__()

    class Filled(Message):
        """The lines stand in the pane now."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._line, empty="no text yet", id=id, text_of=lambda line: line.text)
        self._recording: Recording | None = None
        self._times: Sequence[float] = ()

    def read(self, recording: Recording) -> None:
        """Show the text of a recording; nothing is done where it is shown already."""
        if recording is not self._recording:
            self._recording, self._times = recording, ()
            self._put(self.Read(recording, [TranscriptLine(0.0, "reading the session's text …")]))
            self.run_worker(lambda: self._read(recording), thread=True, group="transcript", exclusive=True)

    def forget(self) -> None:
        """Read again when asked the next time: the recording has grown or changed."""
        self._recording = None

    def _read(self, recording: Recording) -> None:
        worker = get_current_worker()
        try:
            self.post_message(self.Read(recording, recording.read_transcript(lambda: worker.is_cancelled)))
        except Cancelled:
            return

    def on_transcript_pane_read(self, event: Read) -> None:
        event.stop()
        if event.recording is self._recording:
            self._times = event.times
            self._put(event)
            self.post_message(self.Filled())

    def mark_time(self, seconds: float) -> None:
        """Mark the last line at a moment; those after it are dimmed."""
        if self._times:
            last = bisect_right(self._times, seconds)
            self.mark(last - 1, last)

    def _put(self, read: Read) -> None:
        self.set_items(read.lines, 14 + min(1000, read.widest))

    def _line(self, line: TranscriptLine, width: int) -> Text:
        text = Text(f"{format_time(line.time)} ", style="")
        text.stylize("dim")
        text.append("┆ " if line.origin == "alternate" else "│ ", "dim")
        text.append(tabbed(line.text))
        return text
