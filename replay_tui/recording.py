"""Facade over a loaded session. Expensive results are computed lazily and cached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from functools import cached_property
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from replay_tui.analysis.fidelity_warnings import completeness_of, skipped_warnings, source_warnings, terminal_warnings
from replay_tui.analysis.session_analysis import SessionAnalysis, analyse_session
from replay_tui.analysis.session_text import SessionText
from replay_tui.analysis.shared_results import Reanalysis, SharedResults, StreamFacts
from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.exact_time import format_exact_time, snap_to_event
from replay_tui.domain.fidelity import FidelityWarning, merge
from replay_tui.domain.finding import Finding, SequenceEvent
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import DEFAULT_SIZE, SizeSource, SizeTimeline, TerminalSize
from replay_tui.domain.times import parse_time
from replay_tui.findings.findings import FindingsResult, find_findings
from replay_tui.findings.rules import Rule
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.redactor import Redactor
from replay_tui.search.query import Query
from replay_tui.search.search import Hit, parse_areas
from replay_tui.search.searchable_text import search_recording
from replay_tui.search.text_index import TextIndex
from replay_tui.shell.typed_lines import TypedLine, typed_lines
from replay_tui.sources import LoadedSession
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.stream_renderer import refused_functions
from replay_tui.terminal.transcript_lines import TranscriptLine
from replay_tui.terminal.zmodem import without_transfers

MAX_HITS = 500_000
"""Hits that one search returns."""


class Recording:
    """A session and the results derived from it. Safe to read from several threads once its source is complete.

    `size` overrides the recorded or inferred size; `custom_rules` are the user's rules for findings; `shared` are
    results of the recording that this one is derived from. Times are seconds from the recording's start.
    """

    def __init__(
        self,
        loaded: LoadedSession,
        *,
        size: TerminalSize | None = None,
        custom_rules: Sequence[Rule] = (),
        shared: SharedResults | None = None,
    ) -> None:
        self.loaded_session = loaded
        self.given_size = size
        self.custom_rules = tuple(custom_rules)
        self._facts = shared.facts if shared else StreamFacts(loaded.session, loaded.stream)
        self._sizes = shared.sizes if shared else None
        self._analysis = shared.analysis if shared else None
        self._text: SessionText | None = None
        self._text_index: TextIndex | None = None
        self._lock = threading.RLock()
        self._reader: ScreenReader | None = None
        self._filtered: dict[str, Recording] = {}
        self._typed_lines: list[TypedLine] | None = None
        self._displayed_session: tuple[Session, Redactor | None, Session] = loaded.session, None, loaded.session

    @property
    def session(self) -> Session:
        """Metadata: user, connection, times, review and risk."""
        return self.loaded_session.session

    @property
    def displayed_session(self) -> Session:
        """The metadata without secrets, for output; analyses the recording."""
        session, redactor = self.session, self.redactor
        known, by, displayed = self._displayed_session
        if known is not session or by is not redactor:
            raw = redactor.metadata(session.raw)
            displayed = session if raw == session.raw else Session.parse(raw)
            self._displayed_session = session, redactor, displayed
        return displayed

    @property
    def stream(self) -> EventStream:
        """The events."""
        return self.loaded_session.stream

    @cached_property
    def terminal_stream(self) -> EventStream:
        """The events as a terminal draws them and as its keys are read: without the bytes of file transfers."""
        return without_transfers(self.stream, self._facts.file_transfers)

    @property
    def name(self) -> str:
        """Name of the source as given; not sanitised."""
        return self.loaded_session.name

    @property
    def display_title(self) -> str:
        """Connection and user, else the title in the source, else the file name; sanitised."""
        fields, session = self.session.fields, self.session
        if fields.connection or fields.user or fields.user_name:
            return sanitize(" \u00b7 ".join(filter(None, (session.display_connection, session.display_user))))
        return sanitize(self.loaded_session.title or Path(self.name).name or self.name)

    @property
    def duration(self) -> float:
        """Seconds from the start to the last event."""
        return self.stream.duration

    @property
    def detected_kind(self) -> tuple[SessionKind, EmptyReason | None]:
        """Kind of the session, and for an empty one the reason."""
        return self._facts.detected_kind

    @property
    def kind(self) -> SessionKind:
        """Kind of the session, which decides what the main pane shows."""
        return self.detected_kind[0]

    @property
    def empty_reason(self) -> EmptyReason | None:
        """Reason why there is nothing to replay, None if there is something."""
        reason = self.detected_kind[1]
        return self.loaded_session.refine_empty_reason(reason) if reason else None

    def precompute(self) -> None:
        """Compute kind and sizes now, in the calling thread."""
        _ = self.kind, self.sizes

    @property
    def sizes(self) -> SizeTimeline:
        """Sizes of the terminal over time: given, else recorded, else inferred."""
        if self._sizes is None:
            self._sizes = self._compute_sizes()
        return self._sizes

    def _compute_sizes(self) -> SizeTimeline:
        if self.given_size:
            return SizeTimeline(replace(self.given_size, source=SizeSource.GIVEN))
        if recorded := self.loaded_session.recorded_sizes:
            return recorded
        return infer_sizes(self.terminal_stream) if self.kind.has_screen else SizeTimeline(DEFAULT_SIZE)

    @property
    def text(self) -> SessionText:
        """Transcript, output lines and the stream that screens are drawn from."""
        if self._text is None:
            self._text = SessionText(
                self.kind, self.terminal_stream, lambda: self.sizes, lambda: self.statements, lambda: self.redactor
            )
        return self._text

    @cached_property
    def index(self) -> KeyframeIndex:
        """Keyframe index; not built yet (`index.build`)."""
        return KeyframeIndex(self.text.display_stream, self.sizes)

    def screen(self, at: float | str, *, reveal: bool = False) -> Screen:
        """Return the screen at a time (seconds, or a position such as `1:02`) after all events of that time.

        Secrets are redacted, unless `reveal`. Raises `UsageError` for an invalid position.
        """
        seconds = self.parse_position(at) if isinstance(at, str) else at
        with self._lock:
            if self._reader is None:
                self.index.build()
                self._reader = ScreenReader(self.index, self.loaded_session.theme.palette)
            screen = self._reader.at_time(seconds)
        if reveal or (self.kind.has_screen and self._suspected_redactor.screen(screen) is screen):
            return screen
        return self.redactor.screen(screen)

    @cached_property
    def _suspected_redactor(self) -> Redactor:
        """Redactor for suspected hidden input: fast, so that most screens need not wait for the analysis."""
        return Redactor(suspected_hidden_input(self.terminal_stream))

    def parse_position(self, text: str, zone: tzinfo | None = UTC) -> float:
        """Return the seconds of a position such as `1:02`, `50%` or `@14:03:07`; a `zone` of None is the local one.

        Raises `UsageError`.
        """
        seconds = parse_time(text, self.duration, start=self.session.fields.start_date, zone=zone)
        return snap_to_event(self.stream, seconds)

    def format_time(self, seconds: float) -> str:
        """Return a time that leads back to the same moment with `parse_position`, such as `00:01:02.500`."""
        return format_exact_time(self.stream, seconds)

    def excluding(self, hidden: str) -> Recording:
        """Return this recording without the output of the event kinds in `hidden` (`o`, `e`), same events and times."""
        hidden = "".join(kind for kind in "oe" if kind in hidden)
        if not hidden:
            return self
        with self._lock:
            if hidden not in self._filtered:
                stream = self.stream.excluding(hidden)
                self._filtered[hidden] = Recording(
                    replace(self.loaded_session, stream=stream),
                    size=self.given_size,
                    custom_rules=self.custom_rules,
                    shared=SharedResults(StreamFacts(self.session, stream, self.detected_kind), self.sizes),
                )
            return self._filtered[hidden]

    def with_size(self, size: TerminalSize | None) -> Recording:
        """Return this recording on a terminal of another size (None: as recorded or inferred)."""
        return Recording(
            self.loaded_session, size=size, custom_rules=self.custom_rules, shared=SharedResults(self._facts)
        )

    def with_redacted_stream(self, stream: EventStream, analysis: SessionAnalysis) -> Recording:
        """Return this recording with the payloads of `stream`, and the results of the original payloads."""
        return Recording(
            replace(self.loaded_session, stream=stream),
            size=self.given_size,
            custom_rules=self.custom_rules,
            shared=SharedResults(self._facts, self.sizes, analysis),
        )

    @property
    def idle_gaps(self) -> list[tuple[float, float]]:
        """Gaps without input or output, as (start, end) in seconds."""
        return self._facts.idle_gaps

    @property
    def playback_gaps(self) -> list[tuple[float, float]]:
        """Gaps that playback may shorten: the idle ones, or all above the limit in an asciicast's header."""
        return self._facts.gaps_above(self.loaded_session.idle_limit)

    @property
    def sequences(self) -> list[SequenceEvent]:
        """Control sequences that do more than draw, in order."""
        return self._facts.sequences

    @property
    def analysis(self) -> SessionAnalysis:
        """Statements, findings, hidden input, and warnings about what was not analysed."""
        if self._analysis is None:
            self._analysis = self._analyse(lambda: self.sequences)
        return self._analysis

    def _analyse(self, sequences: Callable[[], list[SequenceEvent]]) -> SessionAnalysis:
        def find(statements: Sequence[Statement]) -> FindingsResult:
            return find_findings(self.session, statements, sequences(), self.custom_rules, self.stream)

        sizes = self.sizes if self.kind.has_screen else None
        analysis = analyse_session(self.session, self.terminal_stream, self.kind, sizes, find=find)
        return analysis.located_in(self.stream, self._facts.file_transfers)

    @property
    def is_analysed(self) -> bool:
        """Return True if `analysis` has been computed, so that access costs nothing."""
        return self._analysis is not None

    @property
    def has_findings(self) -> bool:
        """Return True if `findings` and `fidelity` have been computed, so that access costs nothing."""
        return self._analysis is not None and self._analysis.has_findings

    def reanalyse(self) -> Reanalysis:
        """Return the results for the events that a running session has by now; this recording stays unchanged."""
        sequences = self._facts.scan_sequences()
        analysis = self._analyse(lambda: sequences)
        _ = analysis.summary, analysis.displayed_findings, self.kind.has_screen and analysis.chapters
        analysis.redactor.prepare()
        return Reanalysis(analysis, sequences)

    def apply(self, reanalysis: Reanalysis) -> None:
        """Take over the results of `reanalyse`, and drop the texts derived from earlier ones."""
        self._analysis = reanalysis.analysis
        self._facts.sequences = reanalysis.sequences
        self._text = self._text_index = None

    @property
    def statements(self) -> list[Statement]:
        """Statements in order, one per execution, without hidden input."""
        return self.analysis.displayed_statements

    @property
    def findings(self) -> list[Finding]:
        """Dangerous or notable moments found by rules, in order of time, without secrets."""
        return self.analysis.displayed_findings

    @property
    def redactor(self) -> Redactor:
        """Redactor for hidden input and for the authentication messages of a wire."""
        return self.analysis.redactor

    @property
    def transcript(self) -> list[TranscriptLine]:
        """The session's text as lines with times: output, or the statements of a wire."""
        return self.text.transcript

    @property
    def text_index(self) -> TextIndex:
        """Text of a terminal session's screens over time; not built yet (`text_index.build`)."""
        if self._text_index is None:
            self._text_index = TextIndex(self.terminal_stream, self.sizes, self.index)
        return self._text_index

    def iter_search(
        self,
        pattern: str,
        *,
        regex: bool = False,
        areas: str = "all",
        is_cancelled: Callable[[], bool] = never_cancelled,
    ) -> Iterator[Hit]:
        """Yield hits of `pattern` as they are found, also while another thread builds `text_index`.

        `areas` names some of screen, output, input and statements. Raises `UsageError` for an invalid pattern or area,
        `Cancelled` if cancelled.
        """
        return search_recording(self, Query(pattern, regex=regex), parse_areas(areas), is_cancelled)

    @property
    def typed(self) -> Sequence[TypedLine]:
        """Lines that were typed in the terminal, without hidden input."""
        if not self.stream.complete:
            return list(typed_lines(self.stream, self.redactor))
        if self._typed_lines is None:
            self._typed_lines = list(typed_lines(self.stream, self.redactor, self._facts.file_transfers))
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
        """Return at most `MAX_HITS` hits of `pattern` in order of time; builds the indexes first.

        `progress` is called with bytes of output that are indexed. Arguments and exceptions: see `iter_search`.
        """
        found = self.iter_search(pattern, regex=regex, areas=areas, is_cancelled=is_cancelled)
        if self.kind.has_screen and parse_areas(areas) & {"screen", "output"}:
            if not self.text_index.complete and self.text_index.prepare():
                self.index.build(is_cancelled)
            self.text_index.build(is_cancelled, progress)
        return sorted(islice(found, MAX_HITS), key=lambda hit: hit.time)

    @property
    def fidelity(self) -> tuple[FidelityWarning, ...]:
        """All warnings: source, size, control sequences, decoding and findings."""
        _ = self.analysis.findings  # their warnings are part of `analysis.warnings` once they are computed
        parts: list[Sequence[FidelityWarning]] = [source_warnings(self.session, self.stream, self.empty_reason)]
        if self.kind.has_screen:
            refused = refused_functions(self.index.stream, self.terminal_stream)
            parts += [terminal_warnings(self.sizes, self.index.skipped, self.sequences, refused)]
        return merge([*parts, self.analysis.warnings, self.text.warnings])

    @property
    def completeness(self) -> Completeness:
        """What was read and analysed. Computes the findings."""
        return completeness_of(self.session, self.stream, self.fidelity)

    @property
    def known_completeness(self) -> Completeness:
        """What was read, and analysed by now, without further computation."""
        parts: list[Sequence[FidelityWarning]] = [source_warnings(self.session, self.stream, self.empty_reason)]
        parts += [skipped_warnings(self.index.skipped)] if self._reader else []
        parts += [self.analysis.warnings] if self.is_analysed else []
        return completeness_of(self.session, self.stream, merge(parts))
