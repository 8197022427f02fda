"""Findings: dangerous or telling moments that this program derives itself, and the marks of a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from replay_tui.domain.risk import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """A best-effort finding: `rule` is its name, `message` a sentence, `evidence` the text that it rests on.

    `time` is in seconds; `statement` is the index of the statement it was found in, None for one found in the stream.
    A `routine` one is listed, but is no flagged moment: every prompt or full-screen program does it.
    """

    time: float
    rule: str
    severity: Severity
    message: str
    evidence: str = ""
    statement: int | None = None
    informational: bool = False


def flagged(findings: Iterable[Finding]) -> list[Finding]:
    """Those that are worth stepping to."""
    return [one for one in findings if not one.informational]
