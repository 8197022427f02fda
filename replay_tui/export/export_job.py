"""Export job: the redacted recording, the exported range, and callbacks for progress and cancellation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.presenters.completeness import incomplete_text
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.transcript_lines import TranscriptLine

if TYPE_CHECKING:
    from replay_tui.recording import Recording

_CANCEL_POLL_EVENTS = 2048
"""Events between two calls of `is_cancelled` and `progress`."""


def no_progress(_done: float, _total: float | None) -> None:
    """Ignore the progress: the default `progress` callback."""


def identity(time: float) -> float:
    """Return `time` unchanged: the default `played_time`, without idle compression."""
    return time


class ExportJob(Struct, frozen=True):
    """One export. All times are in recorded seconds.

    Attributes:
        recording, redactor: the redacted recording, and the redactor for other texts of it.
        start, end: the exported range, both included; None for the start and end of the recording.
        at: time of a picture; None for the end of the recording.
        bookmarks: a reviewer's bookmarks.
        played_time: maps a recorded time to a playback time, for idle compression.
        progress: called with (done, total).
        is_cancelled: polled during the export.
    """

    recording: Recording
    redactor: Redactor
    start: float | None = None
    end: float | None = None
    at: float | None = None
    bookmarks: Sequence[Bookmark] = ()
    played_time: Callable[[float], float] = identity
    progress: Callable[[float, float | None], None] = no_progress
    is_cancelled: Callable[[], bool] = never_cancelled

    @property
    def incomplete_text(self) -> str:
        """A sentence that names what is missing from the recording and its text; empty if nothing is."""
        return incomplete_text(self.recording.known_completeness)

    @property
    def first(self) -> float:
        """Start of the exported range in seconds."""
        return self.start or 0.0

    def holds(self, time: float) -> bool:
        """Return True if `time` is in the exported range, including both ends."""
        return (self.start is None or time >= self.start) and (self.end is None or time <= self.end)

    def events(self, stream: EventStream | None = None, *, after: int = 0) -> Iterator[Event]:
        """Iterate over the events in the range from event `after`, optionally of another `stream` with equal times.

        Raises `Cancelled`.
        """
        stream = stream or self.recording.stream
        total = len(stream)
        count = total if self.end is None else stream.event_count_at(self.end)
        for event in stream.events(after, count):
            if not event.index % _CANCEL_POLL_EVENTS:
                self.report_progress(event.index, total)
            if self.start is None or event.time >= self.start:
                yield event

    def report_progress(self, done: float, total: float) -> None:
        """Call `progress`. Raises `Cancelled` if the export was cancelled."""
        if self.is_cancelled():
            raise Cancelled
        self.progress(done, total)

    def statements(self) -> list[tuple[int, Statement]]:
        """Return the redacted statements in the range, each with its index in the whole session."""
        return [(at, row) for at, row in enumerate(self.recording.statements) if self.holds(row.time)]

    def findings(self) -> list[Finding]:
        """Return the redacted findings in the range."""
        return [one for one in self.recording.findings if self.holds(one.time)]

    def bookmarks_in_range(self) -> list[Bookmark]:
        """Return the redacted bookmarks in the range in order of time."""
        return [
            replace(one, note=self.redactor.text(one.note)) for one in sorted(self.bookmarks) if self.holds(one.time)
        ]

    def lines(self) -> Iterator[TranscriptLine]:
        """Iterate over the redacted transcript lines in the range. Raises `Cancelled`."""
        for line in self.recording.text.read_transcript(self.is_cancelled):
            if self.holds(line.time):
                yield line
