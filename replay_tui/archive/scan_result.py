"""What a scan over many sessions keeps of each: its findings, how many of which severity, and the worst."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding, flagged
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session

MAX_KEPT_FINDINGS = 200
"""Findings that are kept of one session; all are counted."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A session's findings. `source` is its file as named, or its id; `counts` are by severity.

    Routine findings are kept, and neither counted nor the worst. `warnings` are the recording's fidelity warnings.

    It holds nothing but plain values, so that processes can hand it on.
    """

    source: str
    session: str | None
    user: str | None
    connection: str | None
    start: str | None
    counts: dict[str, int]
    worst: Finding | None
    findings: tuple[Finding, ...]
    warnings: tuple[FidelityWarning, ...] = ()

    @staticmethod
    def from_findings(
        source: str, session: Session, findings: Sequence[Finding], warnings: Sequence[FidelityWarning] = ()
    ) -> ScanResult:
        """The row of a session with these findings and fidelity warnings."""
        fields = session.fields
        counts = {severity.value: 0 for severity in sorted(Severity, key=lambda one: -one.rank)}
        worth = flagged(findings)
        for finding in worth:
            counts[finding.severity.value] += 1
        began = fields.start_date
        return ScanResult(
            source,
            fields.id,
            fields.user_name or fields.user or fields.user_id,
            fields.connection,
            began.isoformat() if isinstance(began, datetime) else None,
            counts,
            min(worth, key=lambda one: (-one.severity.rank, one.time), default=None),
            tuple(findings[:MAX_KEPT_FINDINGS]),
            tuple(warnings),
        )

    @property
    def skipped(self) -> list[FidelityWarning]:
        """The warnings that mean that findings may be missing: something was not read or not analysed."""
        return [one for one in self.warnings if one.is_unread or one.is_unanalysed]

    def as_json(self) -> dict[str, Any]:
        """The row in the shape that scripts get."""
        return {
            "source": self.source,
            "session": self.session,
            "user": self.user,
            "connection": self.connection,
            "start_date": self.start,
            "counts": self.counts,
            "worst": None if self.worst is None else _finding(self.worst),
            "findings": [_finding(one) for one in self.findings],
            "fidelity": [{"code": one.code, "message": one.message, "count": one.count} for one in self.warnings],
        }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "time": one.time,
        "rule": one.rule,
        "severity": one.severity.value,
        "message": one.message,
        "evidence": one.evidence,
    }


def rank(rows: Iterable[ScanResult]) -> list[ScanResult]:
    """Rows that have findings, or may lack some: most of the highest severity first, then by name."""
    found = [row for row in rows if row.worst is not None or row.skipped]
    return sorted(found, key=lambda row: (*(-count for count in row.counts.values()), row.source))
