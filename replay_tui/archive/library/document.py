"""Text of one session as the library stores it: everything that `search` finds, without secrets.

A search in the document is `replay_tui.search.search` itself, so that both give the same hits.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.exact_time import format_exact_time
from replay_tui.search.searchable_text import SearchableText, searchable_text
from replay_tui.search.text_log import TextLog
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.transcript_lines import TranscriptLine

if TYPE_CHECKING:
    from replay_tui.recording import Recording


class StoredInputLine(NamedTuple):
    """A line of typed input; see `TypedLine` of `replay_tui.shell.edited_line`."""

    text: str
    growth: list[tuple[int, float, int]]
    kept: int

    def at(self, end: int) -> tuple[float, int]:
        """Return the time (seconds) and event at which the first `end` characters were complete."""
        _, time, event = self.growth[min(bisect_left(self.growth, (end, -1.0, 0)), len(self.growth) - 1)]
        return time, event


class StoredTextLog(TextLog):
    """The text log of a terminal session, complete; `sent` is the result of `texts_as_sent`."""

    complete = True

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.previous_texts: list[str] = []
        self.wrapped: list[WrappedLine] = []
        self.sent: list[tuple[int, str]] = []

    def texts_as_sent(self) -> list[tuple[int, str]]:
        """Return the stored texts, which were compared with the entries before secrets were replaced."""
        return self.sent


class DocumentTimes(Struct):
    """The distinct times of a session's events, with which a time is printed exactly."""

    times: array[float] = field(default_factory=lambda: array("d"))

    def stream(self) -> EventStream:
        """Return a stream of empty events at these times."""
        return EventStream.from_output(b"", self.times, array("I", bytes(4 * len(self.times))))


class SessionDocument(Struct, dict=True):
    """The `text` of a session, all of it without secrets, and the `times` of its events.

    `transcript` are the lines of a session that is shown as statements; see `lines`.
    """

    text: SearchableText
    transcript: Sequence[TranscriptLine] = ()
    times: DocumentTimes = field(default_factory=DocumentTimes)

    @staticmethod
    def from_recording(recording: Recording) -> SessionDocument:
        """Return the document of a recording without secrets (`hidden_copy`). Builds its text index."""
        redactor, found = recording.redactor, searchable_text(recording)
        if recording.kind.has_screen:
            recording.text_index.build()
        messages = list(found.messages)
        redacted = redactor.lines([one.text for one in messages])
        typed = [StoredInputLine(line.text, list(line.growth), line.kept) for line in recording.typed if line.growth]
        text = SearchableText(
            index=_stored_log(recording) if recording.kind.has_screen else None,
            lines=_redacted_lines(found.lines, recording),
            invisible_text=[line._replace(text=redactor.text(line.text)) for line in found.invisible_text],
            typed=typed if recording.kind.has_screen else (),
            statements=found.statements,
            messages=[one._replace(text=new) for one, new in zip(messages, redacted, strict=True)],
        )
        transcript = recording.transcript if recording.kind.lists_statements else ()
        times = array("d", sorted(set(recording.stream.times)))
        return SessionDocument(text, transcript, DocumentTimes(times))

    @property
    def lines(self) -> Iterator[tuple[float, str]]:
        """The text to read: the transcript, or every text that a terminal displayed, when its row first had it."""
        index = self.text.index
        if index is None:
            return ((line.time, line.text) for line in self.transcript or self.text.lines)
        return iter(sorted(zip(index.times, index.texts, strict=True), key=lambda line: line[0]))

    @cached_property
    def _stream(self) -> EventStream:
        return self.times.stream()

    def format_time(self, seconds: float) -> str:
        """Return a time that leads back to the same moment of the recording; see `format_exact_time`."""
        return format_exact_time(self._stream, seconds)


def hidden_copy(recording: Recording) -> Recording:
    """Return the recording displayed as exports are: also without the passwords and keys in its statements."""
    analysis = recording.analysis.without_secrets
    return recording if analysis is recording.analysis else recording.with_redacted_stream(recording.stream, analysis)


def _redacted_lines(lines: Sequence[TranscriptLine], recording: Recording) -> list[TranscriptLine]:
    texts = recording.redactor.lines([line.text for line in lines])
    return [line._replace(text=text) for line, text in zip(lines, texts, strict=True)]


def _stored_log(recording: Recording) -> StoredTextLog:
    """Return the text log of a recording with secrets replaced."""
    redactor, index, log = recording.redactor, recording.text_index, StoredTextLog()
    log.texts = redactor.lines(index.texts)
    log.previous_texts = [*map(redactor.text, index.previous_texts)] if redactor else [*index.previous_texts]
    log.times, log.rows, log.growth, log.grown = index.times, index.rows, index.growth, index.grown
    wrapped = index.wrapped
    texts = redactor.lines([line.text for line in wrapped])
    log.wrapped = [line._replace(text=text) for line, text in zip(wrapped, texts, strict=True)]
    sent = index.texts_as_sent()
    log.sent = list(zip([number for number, _ in sent], redactor.lines([text for _, text in sent]), strict=True))
    return log
