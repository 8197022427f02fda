"""Transcript pane: the session's text with times, built in a background task."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from rich.text import Text
from textual.message import Message

from replay_tui.domain.display_text import expand_tabs
from replay_tui.domain.times import format_time
from replay_tui.recording import Recording
from replay_tui.terminal.transcript_lines import TranscriptLine
from replay_tui.ui.widgets.line_list import LineList


class TranscriptLines:
    """The lines of a recording, their times, and the length of the longest."""

    def __init__(self, recording: Recording, lines: Sequence[TranscriptLine]) -> None:
        self.recording, self.lines = recording, lines
        self.times = array("d", (line.time for line in lines))
        self.widest = max((len(line.text) for line in lines), default=0)


class TranscriptPane(LineList[TranscriptLine]):
    """The session's text with times; marks the line at the playhead."""

    class LinesLoaded(Message):
        """The lines have been loaded."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._line, empty="no text yet", id=id, text_of=lambda line: line.text)
        self._recording: Recording | None = None
        self._times: Sequence[float] = ()
        self._wants_end = False

    def read(self, recording: Recording) -> None:
        """Load and show the text of a recording, unless it is shown already."""
        if recording is not self._recording:
            self._recording, self._times = recording, ()
            self._put(TranscriptLines(recording, [TranscriptLine(0.0, "loading the session's text …")]))
            self.background.start(
                "loading the transcript",
                lambda task: TranscriptLines(recording, recording.text.read_transcript(task.is_cancelled)),
                done=self._show,
                newest_wins=True,
            )

    def forget(self) -> None:
        """Load the text again at the next `read`, because the recording changed."""
        self._recording = None

    def _show(self, read: TranscriptLines) -> None:
        if read.recording is self._recording:
            self._times = read.times
            self._put(read)
            if self._wants_end:
                self.action_move_to(-1)
            self._wants_end = False
            self.post_message(self.LinesLoaded())

    def action_move_to(self, row: int) -> None:
        """Move the cursor to a row, -1 for the last; while the lines are loaded, once they are there."""
        self._wants_end = row < 0 and not self._times
        super().action_move_to(row)

    def mark_time(self, seconds: float) -> None:
        """Mark the last line up to a moment and dim the later ones."""
        if self._times:
            last = bisect_right(self._times, seconds)
            self.mark(last - 1, last)

    def _put(self, read: TranscriptLines) -> None:
        self.set_items(read.lines, 14 + min(1000, read.widest))

    def _line(self, line: TranscriptLine, width: int) -> Text:
        text = Text(f"{format_time(line.time)} ", style="")
        text.stylize("dim")
        text.append("┆ " if line.origin == "alternate" else "│ ", "dim")
        text.append(expand_tabs(line.text))
        return text
