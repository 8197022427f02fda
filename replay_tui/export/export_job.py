"""What a writer gets: the recording as it may be written, the part wanted, and how to say how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.domain.bookmark import Bookmark
from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import Event, EventStream
from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import sanitize
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.transcript_lines import TranscriptLine

if TYPE_CHECKING:
    from replay_tui.recording import Recording

_CANCEL_POLL_EVENTS = 2048
"""Events between two looks at whether to go on."""


def no_progress(_done: float, _total: float | None) -> None:
    """The `progress` of work that nobody watches."""


def identity(time: float) -> float:
    """The `played` of idle stretches as long as they were."""
    return time


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export. Times are seconds of the recording; `start` and `end` are None where nothing is cut off there.

    `played` gives the second at which a recorded second is played, where idle stretches are made shorter.
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
    def first(self) -> float:
        """The first second of the part wanted."""
        return self.start or 0.0

    def holds(self, time: float) -> bool:
        """Whether a moment belongs to the part wanted, whose both ends count."""
        return (self.start is None or time >= self.start) and (self.end is None or time <= self.end)

    def events(self, stream: EventStream | None = None, *, after: int = 0) -> Iterator[Event]:
        """The part's events (of another `stream` of the same times, where given), from event `after` on."""
        stream = stream or self.recording.stream
        total = len(stream)
        count = total if self.end is None else stream.event_count_at(self.end)
        for event in stream.events(after, count):
            if not event.index % _CANCEL_POLL_EVENTS:
                self.report_progress(event.index, total)
            if self.start is None or event.time >= self.start:
                yield event

    def report_progress(self, done: float, total: float) -> None:
        """Say how far the work is. Raises `Cancelled` when stopped."""
        if self.is_cancelled():
            raise Cancelled
        self.progress(done, total)

    def statements(self) -> list[tuple[int, Statement]]:
        """The part's statements, each with its index in the whole session; no secret stands in them."""
        rows = enumerate(self.recording.statements)
        return [(at, self.redactor.statement(row)) for at, row in rows if self.holds(row.time)]

    def findings(self) -> list[Finding]:
        """The part's findings."""
        return [one for one in self.recording.findings if self.holds(one.time)]

    def bookmarks_in_range(self) -> list[Bookmark]:
        """The part's bookmarks in the order of time, without secrets."""
        return [
            replace(one, note=self.redactor.text(one.note)) for one in sorted(self.bookmarks) if self.holds(one.time)
        ]

    def lines(self) -> Iterator[TranscriptLine]:
        """The part's lines of text, without secrets."""
        for line in self.recording.text.read_transcript(self.is_cancelled):
            if self.holds(line.time):
                yield line._replace(text=self.redactor.text(line.text))


def title_of(recording: Recording) -> str:
    """What to call a recording: connection and user, else its title or its file's name. Clean."""
    fields = recording.session.fields
    if fields.connection or fields.user or fields.user_name:
        return sanitize(
            " \u00b7 ".join(filter(None, (recording.session.display_connection, recording.session.display_user)))
        )
    return sanitize(recording.loaded_session.title or Path(recording.name).name or recording.name)
