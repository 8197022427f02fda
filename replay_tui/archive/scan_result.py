"""Result of analysing one of many sessions: findings with counts by severity, and what was not analysed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from replay_tui.domain.completeness import Completeness, Searched
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding, flagged
from replay_tui.domain.risk import Severity

if TYPE_CHECKING:
    from replay_tui.recording import Recording

MAX_KEPT_FINDINGS = 200
"""Findings kept of one session; `counts` and `finding_count` cover all of them."""


def _no_counts() -> dict[str, int]:
    return {severity.value: 0 for severity in sorted(Severity, key=lambda one: -one.rank)}


class ScanResult(Struct, frozen=True):
    """Findings of one session, or the reason why there are none.

    `source` is the file, address or id as the user named it. `failure` is the message if the session could not be read
    or analysed; then all other fields are empty. `counts` are by severity and `worst` is the first of the most severe
    findings, at `worst_time` in the form that `--at` takes; informational findings are kept, but neither counted nor
    the worst. `completeness` has the recording's fidelity warnings.

    Every field is a plain value, because worker processes send results to this one.
    """

    source: str
    session: str | None = None
    user: str | None = None
    connection: str | None = None
    title: str = ""
    display_user: str = ""
    display_connection: str = ""
    start: datetime | None = None
    counts: dict[str, int] = field(default_factory=_no_counts)
    worst: Finding | None = None
    worst_time: str = ""
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0
    completeness: Completeness = field(default_factory=Completeness)
    failure: str = ""

    @staticmethod
    def from_recording(source: str, recording: Recording) -> ScanResult:
        """Return the result of an analysed recording; computes its findings."""
        session, findings = recording.displayed_session, recording.findings
        fields, counts, worth = session.fields, _no_counts(), flagged(findings)
        for finding in worth:
            counts[finding.severity.value] += 1
        worst = min(worth, key=lambda one: (-one.severity.rank, one.time), default=None)
        return ScanResult(
            source,
            session=fields.id,
            user=fields.user_name or fields.user or fields.user_id,
            connection=fields.connection,
            title=session.title,
            display_user=session.display_user,
            display_connection=session.display_connection,
            start=fields.start_date if isinstance(fields.start_date, datetime) else None,
            counts=counts,
            worst=worst,
            worst_time=recording.format_time(worst.time) if worst else "",
            findings=tuple(findings[:MAX_KEPT_FINDINGS]),
            finding_count=len(findings),
            completeness=recording.completeness,
        )

    @property
    def skipped(self) -> tuple[FidelityWarning, ...]:
        """The warnings about parts that were not read or not analysed, where findings may be missing."""
        return self.completeness.gaps

    @property
    def searched(self) -> Searched:
        """How much of the session was searched for findings."""
        return Searched.NOT if self.failure else self.completeness.searched

    @property
    def gap_text(self) -> str:
        """What was not read or not analysed, and why; empty if nothing is missing. Safe to print."""
        return self.failure_sentence if self.failure else sanitize(self.completeness.reasons)

    @property
    def failure_sentence(self) -> str:
        """The failure, with the name of the source; safe to print."""
        name, failure = sanitize(self.source), sanitize(self.failure)
        return failure if name in failure else f"{name}: {failure}"

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object that `scan --json` prints. Counts are null if nothing was searched."""
        was_searched = self.searched is not Searched.NOT
        return {
            "source": self.source,
            "session": self.session,
            "user": self.user,
            "connection": self.connection,
            "start_date": None if self.start is None else self.start.isoformat(),
            "searched": self.searched.value,
            "failure": self.failure_sentence if self.failure else None,
            "read_bytes": self.completeness.read_bytes,
            "stored_bytes": self.completeness.stored_bytes,
            "counts": {name: count if was_searched else None for name, count in self.counts.items()},
            "worst": None if self.worst is None else _finding(self.worst),
            "findings": [_finding(one) for one in self.findings],
            "fidelity": [one.as_json() for one in self.completeness.warnings],
        }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "time": one.time,
        "rule": one.rule,
        "severity": one.level,
        "message": one.message,
        "evidence": one.evidence,
    }


def rank(results: Iterable[ScanResult]) -> list[ScanResult]:
    """Return the results with findings or with skipped parts: most of the highest severity first, then by name.

    Sessions that were not searched at all are last.
    """
    found = [one for one in results if one.worst is not None or one.searched is not Searched.FULLY]
    return sorted(
        found,
        key=lambda one: (one.searched is Searched.NOT, *(-count for count in one.counts.values()), one.source),
    )
