"""Preview of a session: its worst findings, its last screen or statements, and its activity."""

from __future__ import annotations

from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.archive.analyse import attempt
from replay_tui.archive.source import SessionSource
from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.finding import Finding, flagged, worst_first
from replay_tui.domain.session import Session
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken

if TYPE_CHECKING:
    from replay_tui.recording import Recording

MAX_RECORDING_BYTES = 2 << 20
"""Larger recordings are not downloaded for a preview."""
MAX_FINDINGS, MAX_LINES, ACTIVITY_SLOTS = 8, 60, 200
MAX_LINE_CHARS = 500


class Preview(Struct, frozen=True):
    """What a preview shows; texts are redacted, those of `lines` also sanitised.

    `findings` are the worst of `finding_count` that are not informational. `lines_title` says what `lines` are.
    `activity` holds output and input bytes of equal parts of `duration` (seconds). `failure` is set if the session
    could not be read or analysed.
    """

    session: Session
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0
    completeness: Completeness = field(default_factory=Completeness)
    lines_title: str = ""
    lines: tuple[str, ...] = ()
    activity: tuple[tuple[int, int], ...] = ()
    duration: float = 0.0
    failure: str = ""


def is_previewed(session: Session) -> bool:
    """Return True if the recording is small enough for a preview."""
    return (session.stored_bytes or 0) <= MAX_RECORDING_BYTES


def load_preview(source: SessionSource, session: Session, rules: tuple[Rule, ...], cancel: CancelToken) -> Preview:
    """Read and analyse a session; any failure is part of the result. Raises `Cancelled`."""

    def work() -> Preview:
        from replay_tui.recording import Recording  # loads the terminal emulator

        loaded = source.read(cancel)
        cancel.raise_if_cancelled()
        return _preview(Recording(loaded, custom_rules=deepcopy(rules)))

    found = attempt(source, work, operation="Analysing")
    return Preview(session, failure=found) if isinstance(found, str) else found


def _preview(recording: Recording) -> Preview:
    from replay_tui.analysis.timeline import activity

    findings = worst_first(flagged(recording.findings))
    title, lines = _lines(recording)
    return Preview(
        recording.displayed_session,
        tuple(findings[:MAX_FINDINGS]),
        len(findings),
        recording.completeness,
        title,
        tuple(sanitize(line[:MAX_LINE_CHARS]) for line in lines),
        tuple(activity(recording.stream, ACTIVITY_SLOTS)),
        recording.duration,
    )


def _lines(recording: Recording) -> tuple[str, list[str]]:
    """Return the script, else the last screen, else the first statements, with a title."""
    script = recording.displayed_session.script_text
    if script.strip():
        return "script", list(islice((line for line in script.splitlines() if line.strip()), MAX_LINES))
    if recording.kind.has_screen:
        lines = recording.screen(recording.duration).lines
        return "last screen", [line for line in lines if line.strip()][-MAX_LINES:]
    return "statements", [" ".join(one.text.split()) for one in recording.statements[:MAX_LINES]]
