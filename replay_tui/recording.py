"""A recording: the one object that a session file becomes. What is costly is made when first asked for, and kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from replay_tui.analysis.activity import idle_gaps
from replay_tui.analysis.fidelity_warnings import terminal_warnings
from replay_tui.analysis.plain_text import as_terminal_stream, output_lines, statement_lines
from replay_tui.analysis.session_analysis import SessionAnalysis, analyse_session
from replay_tui.analysis.statement_summary import StatementSummary
from replay_tui.decoders import DecodeResult, detect_kind
from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning, merge
from replay_tui.domain.finding import Finding
from replay_tui.domain.sequence_event import SequenceEvent
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import DEFAULT_SIZE, Resize, SizeSource, SizeTimeline, TerminalSize
from replay_tui.domain.time_format import parse_time
from replay_tui.findings.findings import FindingsResult, find_findings
from replay_tui.findings.rules import Rule
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.redactor import Redactor
from replay_tui.search.http_messages import http_message_lines
from replay_tui.search.invisible_text import iter_invisible_text
from replay_tui.search.query import Query
from replay_tui.search.search import Hit, parse_areas, search
from replay_tui.search.text_index import TextIndex
from replay_tui.shell.typed_lines import TypedLine, typed_lines
from replay_tui.sources import LoadedSession, read_all
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.sequence_scanner import scan_sequences
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import TranscriptLine

IDLE_SECONDS = 2.0
MAX_HITS = 500_000
"""Hits that one search gives."""


@dataclass(frozen=True, slots=True)
class Reanalysis:
    """What was worked out anew of a session that grows."""

    analysis: SessionAnalysis
    sequences: list[SequenceEvent]
    found: FindingsResult

    @property
    def findings(self) -> list[Finding]:
        """The findings in the order of time."""
        return self.found.findings


class Recording:
    """A session and all that can be derived from it. Safe to read from several threads once its source is complete.

    `size` overrides whatever size is recorded or inferred. Times are seconds from the recording's start.
    """

    def __init__(self, loaded: LoadedSession, *, size: TerminalSize | None = None) -> None:
        self.loaded_session = loaded
        self.given_size = size
        self.custom_rules: tuple[Rule, ...] = ()
        self._lock = threading.RLock()
        self._reader: ScreenReader | None = None
        self._filtered: dict[str, Recording] = {}
        self._typed_lines: list[TypedLine] | None = None

    @property
    def session(self) -> Session:
        """Who did it, where, when, and how it was judged."""
        return self.loaded_session.session

    @property
    def stream(self) -> EventStream:
        """The events."""
        return self.loaded_session.stream

    @property
    def name(self) -> str:
        """The source's name as given; not clean."""
        return self.loaded_session.name

    @property
    def duration(self) -> float:
        """Seconds from the start to the last event."""
        return self.stream.duration

    @cached_property
    def detected_kind(self) -> tuple[SessionKind, EmptyReason | None]:
        """The kind of session, and where there is nothing to replay, why."""
        return detect_kind(self.session, self.stream)

    @property
    def kind(self) -> SessionKind:
        """What its main pane shows."""
        return self.detected_kind[0]

    @property
    def empty_reason(self) -> EmptyReason | None:
        """Why there is nothing to replay, None where there is something."""
        reason = self.detected_kind[1]
        if reason and any(note.code == "stream-undecodable" for note in self.stream.log.warnings):
            return EmptyReason.UNDECODABLE  # the stream is missing because of that, not because it was withheld
        return reason

    def precompute(self) -> None:
        """Work out kind and size now, in the calling thread."""
        _ = self.kind, self.sizes

    @cached_property
    def sizes(self) -> SizeTimeline:
        """The terminal's sizes over time: given, else recorded, else inferred."""
        if self.given_size:
            return SizeTimeline(replace(self.given_size, source=SizeSource.GIVEN))
        resizes = [
            Resize(offset, TerminalSize.clamped(cols, rows, SizeSource.RESIZE_EVENT))
            for offset, cols, rows in self.loaded_session.resizes
        ]
        if self.loaded_session.size or resizes:
            return SizeTimeline(self.loaded_session.size or DEFAULT_SIZE, resizes)
        return infer_sizes(self.stream) if self.kind is SessionKind.TERMINAL else SizeTimeline(DEFAULT_SIZE)

    @cached_property
    def display_stream(self) -> EventStream:
        """What the screens are drawn from: the stream itself, or where that is no terminal's, its text."""
        if self.kind is SessionKind.TERMINAL:
            return self.stream
        return as_terminal_stream(
            self.stream, self.statements if self.kind in (SessionKind.STATEMENTS, SessionKind.HTTP) else None
        )

    @cached_property
    def index(self) -> KeyframeIndex:
        """The keyframe index; not built yet (`index.build`)."""
        return KeyframeIndex(self.display_stream, self.sizes)

    def screen(self, at: float | str, *, reveal: bool = False) -> Screen:
        """The screen at a moment (seconds, or a time as people write it), every event at that time included.

        Input typed unseen is masked where a program prints it, unless `reveal`. Raises `UsageError` for a text that is
        no time.
        """
        seconds = self.parse_position(at) if isinstance(at, str) else at
        with self._lock:
            if self._reader is None:
                self.index.build()
                self._reader = ScreenReader(self.index)
            screen = self._reader.at_time(seconds)
        if reveal or self.kind is not SessionKind.TERMINAL or self._suspected_redactor.screen(screen) is screen:
            return screen
        return self.redactor.screen(screen)

    @cached_property
    def _suspected_redactor(self) -> Redactor:
        """Hides whatever may have been typed unseen: quick, so that a screen need not wait for all to be read."""
        return Redactor(suspected_hidden_input(self.stream))

    def parse_position(self, text: str) -> float:
        """The second that a text such as `1:02`, `50%` or `@14:03:07` (UTC) names. Raises `UsageError`."""
        from datetime import UTC

        return parse_time(text, self.duration, start=self.session.fields.start_date, zone=UTC)

    def excluding(self, hidden: str) -> Recording:
        """This recording without the screen output of the kinds in `hidden` (`o`, `e`), same events and times."""
        hidden = "".join(kind for kind in "oe" if kind in hidden)
        if not hidden:
            return self
        with self._lock:
            if hidden not in self._filtered:
                kept = Recording(
                    replace(self.loaded_session, stream=self.stream.excluding(hidden)), size=self.given_size
                )
                kept.__dict__["sizes"] = self.sizes
                kept.__dict__["detected_kind"] = self.detected_kind
                self._filtered[hidden] = kept
            return self._filtered[hidden]

    def with_size(self, size: TerminalSize | None) -> Recording:
        """This recording on a terminal of another size (None: as inferred)."""
        other = Recording(self.loaded_session, size=size)
        other.custom_rules = self.custom_rules
        for name in ("detected_kind", "sequences", "idle_gaps"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @cached_property
    def idle_gaps(self) -> list[tuple[float, float]]:
        """Idle stretches as (start, end) in seconds."""
        return idle_gaps(self.stream, IDLE_SECONDS)

    @cached_property
    def analysis(self) -> SessionAnalysis:
        """What the stream's bytes say: statements, secrets, and what could not be decoded."""
        return analyse_session(
            self.session, self.stream, self.kind, self.sizes if self.kind is SessionKind.TERMINAL else None
        )

    @property
    def is_analysed(self) -> bool:
        """Whether `reading` is there already, at no cost."""
        return "analysis" in self.__dict__

    def reanalyse(self) -> Reanalysis:
        """What a running session holds by now; this recording stays as it is until it takes it with `renew`."""
        reading = analyse_session(self.session, self.stream, self.kind, self.sizes)
        _ = reading.summary
        sequences = list(scan_sequences(self.stream)) if self.kind is not SessionKind.STATEMENTS else []
        return Reanalysis(
            reading, sequences, find_findings(self.session, reading.statements, sequences, self.custom_rules)
        )

    def apply(self, reanalysis: Reanalysis) -> None:
        """Take over what `reanalyse` gave."""
        for name in ("redactor", "display_stream", "transcript", "text_index", "output_lines"):
            self.__dict__.pop(name, None)
        self.__dict__.update(analysis=reanalysis.analysis, sequences=reanalysis.sequences, found=reanalysis.found)

    @property
    def decode_result(self) -> DecodeResult:
        """What the wire's decoder made of the stream."""
        return self.analysis.decoded

    @property
    def statements(self) -> list[Statement]:
        """What was asked for, one row per execution, in order; no secret stands in it."""
        return self.analysis.statements

    @property
    def summary(self) -> StatementSummary:
        """What lists and timelines need of the statements."""
        return self.analysis.summary

    @cached_property
    def redactor(self) -> Redactor:
        """What must not be shown: authentication messages, input typed unseen."""
        return self.analysis.redactor

    @cached_property
    def found(self) -> FindingsResult:
        """The findings, with warnings about what could not be searched for them."""
        return find_findings(self.session, self.statements, self.sequences, self.custom_rules)

    @property
    def has_findings(self) -> bool:
        """Return True if `findings` and `fidelity` have been computed, and cost nothing."""
        return "found" in self.__dict__

    @property
    def findings(self) -> list[Finding]:
        """Dangerous or telling moments, worked out by this program, in the order of time."""
        return self.found.findings

    @cached_property
    def output_lines(self) -> list[str]:
        """The output of a session that is no terminal, line by line; undecodable bytes become U+FFFD."""
        lines = bytes(self.stream.output).decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        return lines if lines[-1] else lines[:-1]

    @cached_property
    def sequences(self) -> list[SequenceEvent]:
        """Control sequences that do more than draw."""
        return list(scan_sequences(self.stream)) if self.kind is not SessionKind.STATEMENTS else []

    def read_transcript(self, is_cancelled: Callable[[], bool] = never_cancelled) -> list[TranscriptLine]:
        """The session's text as lines with times, made anew. Raises `Cancelled` when stopped."""
        if self.kind is SessionKind.TERMINAL:
            return Transcript(self.stream, self.sizes).build(is_cancelled)
        if self.kind in (SessionKind.STATEMENTS, SessionKind.HTTP):  # the bytes of a wire are no text
            return statement_lines(self.statements)
        return output_lines(self.stream)

    @cached_property
    def transcript(self) -> list[TranscriptLine]:
        """The session's text as lines with times: output, or for a wire the statements."""
        return self.read_transcript()

    @cached_property
    def text_index(self) -> TextIndex:
        """The text of a terminal session's screens over time; not built yet (`text_index.build`)."""
        return TextIndex(self.stream, self.sizes, self.index)

    def iter_search(
        self,
        pattern: str,
        *,
        regex: bool = False,
        areas: str = "all",
        is_cancelled: Callable[[], bool] = never_cancelled,
    ) -> Iterator[Hit]:
        """Appearances of `pattern` as they are found, also while `text_index` is still built in another thread.

        `where` names some of screen, output, input and statements. Raises `UsageError` for a pattern or place that is
        none, `Cancelled` when stopped.
        """
        terminal = self.kind is SessionKind.TERMINAL
        wire = self.kind in (SessionKind.STATEMENTS, SessionKind.HTTP)
        return search(
            Query(pattern, regex=regex),
            parse_areas(areas),
            index=self.text_index if terminal else None,
            lines=() if terminal or wire else self.transcript,
            invisible_text=iter_invisible_text(self.stream, is_cancelled) if terminal else (),
            typed=self._typed() if terminal and "input" in parse_areas(areas) else (),
            statements=self.statements,
            messages=http_message_lines(self.statements) if wire else (),
            redact=self.redactor.text if self.redactor else None,
            is_cancelled=is_cancelled,
        )

    def _typed(self) -> Sequence[TypedLine]:
        if not self.stream.complete:
            return list(typed_lines(self.stream, self.redactor))
        if self._typed_lines is None:
            self._typed_lines = list(typed_lines(self.stream, self.redactor))
        return self._typed_lines

    def search(
        self,
        pattern: str,
        regex: bool = False,
        areas: str = "all",
        *,
        is_cancelled: Callable[[], bool] = never_cancelled,
        progress: Callable[[int], None] | None = None,
    ) -> list[Hit]:
        """Appearances of `pattern`, at most `MAX_HITS`, in order of time; builds what it needs first. See `find`."""
        found = self.iter_search(pattern, regex=regex, areas=areas, is_cancelled=is_cancelled)
        if self.kind is SessionKind.TERMINAL and parse_areas(areas) & {"screen", "output"}:
            if not self.text_index.complete and self.text_index.prepare():
                self.index.build(is_cancelled)
            self.text_index.build(is_cancelled, progress)
        return sorted(islice(found, MAX_HITS), key=lambda hit: hit.time)

    @property
    def fidelity(self) -> tuple[FidelityWarning, ...]:
        """All doubts: of the source, the size, decoding, findings, and what the stream tried to do to a terminal."""
        notes: list[Sequence[FidelityWarning]] = [self.stream.log.warnings, self.analysis.warnings, self.found.warnings]
        if self.kind is SessionKind.TERMINAL:
            notes.insert(1, terminal_warnings(self.sizes, self.index.skipped, self.sequences))
        return merge(notes)


def load(source: str | os.PathLike[str], *, size: tuple[int, int] | None = None, times: str = "s") -> Recording:
    """The recording in a saved session: a gateway's JSON answer or download, an asciicast, plain or gzipped.

    `size` (columns, rows) overrides the terminal's size; `times="ms"` reads event times as milliseconds. Raises
    `replay_tui.domain.errors.UnreadableSource` if nothing in the source is a session.
    """
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    return Recording(read_all(os.fspath(source), times="ms" if times == "ms" else "s"), size=given)
