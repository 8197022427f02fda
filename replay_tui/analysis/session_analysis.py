"""All statements of a session, whatever its kind: what the decoders read, or what was typed at a shell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from replay_tui.analysis.statement_summary import StatementSummary
from replay_tui.decoders import DecodeResult, decode
from replay_tui.decoders.decode_result import merge_by_time
from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.redaction.redactor import HiddenInput, Redactor
from replay_tui.shell.commands import MAX_LINES, read_shell_commands

logger = logging.getLogger(__name__)


@dataclass
class SessionAnalysis:
    """What a session's bytes say: `statements` without any secret in them, the `decoded` result, and the `secrets`.

    `events` is how many events there were to read; a session that runs may hold more by now.
    """

    statements: list[Statement]
    decoded: DecodeResult
    hidden_input: list[HiddenInput] = field(default_factory=list)
    event_count: int = 0

    @cached_property
    def summary(self) -> StatementSummary:
        """What lists and timelines need of the statements."""
        return StatementSummary(self.statements)

    @property
    def warnings(self) -> list[FidelityWarning]:
        """What could not be read."""
        return self.decoded.warnings

    @property
    def redactor(self) -> Redactor:
        """Hides the secrets and the wire's authentication messages in payloads and texts."""
        return Redactor(self.hidden_input, self.decoded.redacted)


def analyse_session(
    session: Session,
    stream: EventStream,
    kind: SessionKind,
    sizes: SizeTimeline | None = None,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> SessionAnalysis:
    """The statements of a session shown as `kind`; `sizes` as inferred. Raises `Cancelled` when stopped."""
    events = len(stream)
    decoded = decode(session, stream, kind)
    if kind is not SessionKind.TERMINAL:
        return SessionAnalysis(decoded.statements, decoded, event_count=events)
    try:
        shell = read_shell_commands(stream, sizes, is_cancelled)
    except Cancelled:
        raise
    except Exception:  # a best effort must not cost the replay
        reraise_if_debugging()
        logger.exception("Reading the typed commands failed")
        decoded.warnings.append(
            FidelityWarning("commands-failed", "the typed commands could not be read; none is listed")
        )
        return SessionAnalysis(decoded.statements, decoded, event_count=events)
    if shell.truncated:
        decoded.warnings.append(
            FidelityWarning("commands-cut", f"more than {MAX_LINES:,} lines were typed; later ones are left out")
        )
    mask = Redactor(shell.hidden_input)
    return SessionAnalysis(
        merge_by_time([mask.statement(row) for row in shell.commands], decoded.statements),
        decoded,
        shell.hidden_input,
        events,
    )
