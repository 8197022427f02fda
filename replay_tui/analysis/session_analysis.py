"""Result of analysing one session: statements, findings, hidden input, and warnings about what was not analysed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from msgspec import structs

from replay_tui.analysis.chapters import find_chapters
from replay_tui.analysis.fidelity_warnings import direction_warnings
from replay_tui.analysis.timeline import StatementSummary
from replay_tui.analysis.uncertain_input import Find, find_in_uncertain_input, uncertain_input_warnings
from replay_tui.decoders import DecodeResult, decode
from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.domain.timeline_mark import TimelineMark
from replay_tui.findings.findings import FindingsResult
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.hidden_text import EchoedLine, HiddenInput
from replay_tui.redaction.redactor import Redactor
from replay_tui.shell.commands import MAX_LINES, read_shell_commands
from replay_tui.terminal.zmodem import FoundTransfers

logger = logging.getLogger(__name__)


def _find_nothing(_statements: Sequence[Statement]) -> FindingsResult:
    return FindingsResult([])


@dataclass
class SessionAnalysis:
    """Statements of a session, with the results and warnings that belong to them.

    `statements` and `findings` are what was typed and sent, for rules, links and search, with placeholders for hidden
    input; every output shows the `displayed_` ones, without secrets. `event_count` is the number of events that were
    analysed, because a running session grows. `echoed` are the lines that were typed visibly. Findings are computed on
    first access.
    """

    statements: list[Statement]
    decoded: DecodeResult
    hidden_input: list[HiddenInput] = field(default_factory=list)
    event_count: int = 0
    find: Find = field(default=_find_nothing, repr=False)
    echoed: Sequence[EchoedLine] = ()
    stream: EventStream | None = field(default=None, repr=False)
    masks_commands: bool = False
    _found: FindingsResult | None = field(default=None, init=False, repr=False)

    @cached_property
    def summary(self) -> StatementSummary:
        """Times, runs and timeline marks of the displayed statements."""
        return StatementSummary(self.displayed_statements)

    @cached_property
    def chapters(self) -> list[TimelineMark]:
        """Starts of the chapters of a terminal session."""
        return [] if self.stream is None else find_chapters(self.stream, self.displayed_statements)

    @property
    def has_findings(self) -> bool:
        """Return True if `findings` has been computed, so that access costs nothing."""
        return self._found is not None

    @property
    def findings(self) -> list[Finding]:
        """Dangerous or notable moments, in order of time."""
        if self._found is None:
            self._found = find_in_uncertain_input(self.find, self.statements, self.hidden_input)
        return self._found.findings

    @property
    def warnings(self) -> list[FidelityWarning]:
        """Warnings about everything that is missing from the results computed so far."""
        return [*self.decoded.warnings, *(self._found.warnings if self._found else ())]

    @cached_property
    def redactor(self) -> Redactor:
        """Redactor for hidden input and for the credentials in the messages of a protocol."""
        return Redactor(
            self.hidden_input,
            self.decoded.redacted,
            secrets=self.decoded.secrets,
            echoed=self.echoed,
            stream=self.stream,
            redacts_commands=self.masks_commands,
        )

    @cached_property
    def revealed(self) -> SessionAnalysis:
        """The same results, displayed with hidden input; authentication messages stay hidden."""
        revealed = replace(self, hidden_input=[], echoed=())
        _ = self.findings
        revealed._found = self._found
        return revealed

    def located_in(self, stream: EventStream, transfers: FoundTransfers) -> SessionAnalysis:
        """Return these results of a stream without `transfers` for the recorded `stream`, whose bytes are displayed."""
        if not transfers.spans:
            return self
        hidden = [structs.replace(one, spans=tuple(map(transfers.locate_keys, one.spans))) for one in self.hidden_input]
        return replace(self, hidden_input=hidden, stream=stream)

    @property
    def secrets(self) -> frozenset[str]:
        """The passwords and keys in statements that were typed visibly."""
        _ = self.findings
        return self._found.secrets if self._found else frozenset()

    @cached_property
    def without_secrets(self) -> SessionAnalysis:
        """The same results, displayed also without the passwords and keys in statements that were typed visibly."""
        secrets = self.secrets
        if not secrets:
            return self
        echoed = [line for line in self.echoed if not any(one in text for text in line.texts for one in secrets)]
        decoded = structs.replace(self.decoded, secrets=self.decoded.secrets | secrets)
        masked = replace(self, decoded=decoded, echoed=echoed, masks_commands=True)
        masked._found = self._found
        return masked

    @cached_property
    def displayed_statements(self) -> list[Statement]:
        """The statements without secrets."""
        return self.redactor.statements(self.statements)

    @cached_property
    def displayed_findings(self) -> list[Finding]:
        """The findings without secrets."""
        return [self.redactor.finding(one, self.statements) for one in self.findings]


def analyse_session(
    session: Session,
    stream: EventStream,
    kind: SessionKind,
    sizes: SizeTimeline | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
    *,
    find: Find = _find_nothing,
) -> SessionAnalysis:
    """Return the analysis of a session shown as `kind`; `sizes` matter for a terminal. Raises `Cancelled`."""
    event_count = len(stream)
    decoded = decode(session, stream, kind)
    decoded.warnings += direction_warnings(session, stream, kind)
    if not kind.has_screen:
        return SessionAnalysis(decoded.statements, decoded, event_count=event_count, find=find, stream=stream)
    try:
        shell = read_shell_commands(stream, sizes, is_cancelled)
    except Cancelled:
        raise
    except Exception:  # the replay works without the commands
        reraise_if_debugging()
        logger.exception("Reading the typed commands failed")
        decoded.warnings.append(
            FidelityWarning("commands-failed", "the typed commands could not be read; none is listed")
        )
        suspected = suspected_hidden_input(stream)  # more than was hidden, but no password is shown
        return SessionAnalysis(decoded.statements, decoded, suspected, event_count, find, stream=stream)
    if shell.truncated:
        decoded.warnings.append(
            FidelityWarning("commands-cut", f"more than {MAX_LINES:,} lines were typed; later ones are skipped")
        )
    decoded.warnings += uncertain_input_warnings(shell.hidden_input)
    return SessionAnalysis(
        merge_by_time(shell.commands, decoded.statements),
        decoded,
        shell.hidden_input,
        event_count,
        find,
        shell.echoed,
        stream,
    )
