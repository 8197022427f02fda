"""Findings and fidelity warnings of a recording."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import truncate
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding, flagged, worst_first
from replay_tui.domain.statement import Statement
from replay_tui.domain.times import format_mmss, format_time
from replay_tui.presenters.completeness import findings_note, no_findings_text
from replay_tui.presenters.document import SEVERITY_ROLES, Item, Role, Section, Span

MAX_EVIDENCE_CHARS = 80
MAX_STATEMENT_CHARS = 600
"""Characters of a statement that a caption takes."""
CAPTION_SECONDS = 2.0
"""Time for which the caption of a finding stays during playback."""
MAX_NEAR_FINDINGS = 100


def findings_title(findings: Sequence[Finding], completeness: Completeness) -> Section:
    """Return an empty section for the findings in what was read and analysed."""
    count = len(flagged(findings))
    out = Section("Findings", note=findings_note(count, len(findings) - count, completeness) if findings else "")
    if not findings:
        out.paragraph(no_findings_text(completeness))
    return out


def findings_section(
    findings: Sequence[Finding], completeness: Completeness, time_text: Callable[[float], str] = format_time
) -> Section:
    """Return the findings, the worst first, each with its time, rule and evidence. `time_text` formats the times."""
    out = findings_title(findings, completeness)
    for one in worst_first(findings):
        mark = f"{one.symbol} {time_text(one.time)}"
        evidence = " ".join(one.evidence.split())
        out.parts.append(Item(mark, f"{one.message} [{one.rule}]", SEVERITY_ROLES[one.severity], evidence))
    return out


def fidelity_section(warnings: Sequence[FidelityWarning]) -> Section:
    """Return what is missing or uncertain in a recording."""
    out = Section("Fidelity", parts=[Item("-", one.sentence) for one in warnings])
    if not warnings:
        out.paragraph("Nothing is missing or uncertain.")
    return out


def finding_row(one: Finding) -> list[Span]:
    """Return a finding as a row of a list: severity, time, evidence and message, each with its gap behind it."""
    spans = [finding_mark(one), Span(f"{format_mmss(one.time)} ", Role.MUTED)]
    if one.evidence:
        spans.append(Span(f"{one.evidence}  "))
    return [*spans, Span(one.message, Role.MUTED if one.evidence else Role.PLAIN)]


def finding_mark(one: Finding) -> Span:
    """Return the symbol of a finding and a space: `! `."""
    return Span(f"{one.symbol} ", Role.MUTED if one.informational else SEVERITY_ROLES[one.severity])


def findings_at(findings: Sequence[Finding], position: float, *, playing: bool) -> list[Finding]:
    """Return the findings at `position` (seconds), during playback also those of the last `CAPTION_SECONDS`.

    `findings` are ordered by time; the result holds those of one moment only.
    """
    start = bisect_left(findings, position - (CAPTION_SECONDS if playing else 1e-9), key=lambda one: one.time)
    near = [one for one in findings[start : start + MAX_NEAR_FINDINGS] if one.time <= position + 1e-9]
    return [one for one in near if one.time == near[-1].time]


def moment_caption(findings: Sequence[Finding]) -> list[Span]:
    """Return the most severe of several simultaneous findings and the count of the others."""
    ranked = worst_first(findings)
    if not ranked:
        return []
    more = [Span(f"  and {len(ranked) - 1} more", Role.MUTED)] if len(ranked) > 1 else []
    return [*finding_caption(ranked[0]), *more]


def finding_caption(one: Finding, place: str = "") -> list[Span]:
    """Return a finding on one line; `place` is its position among others (`finding 2 of 5`)."""
    spans = [Span(" "), finding_mark(one), Span(place, Role.MUTED)]
    if one.evidence:
        spans.append(Span(f"{truncate(one.evidence, MAX_EVIDENCE_CHARS)}  ", Role.STRONG))
    return [*spans, Span(one.message)]


def statement_caption(statement: Statement, place: str) -> list[Span]:
    """Return the start of a statement on one line, behind its `place` among all statements."""
    text = " ".join(statement.text[:MAX_STATEMENT_CHARS].split())
    return [Span(f" {place}", Role.MUTED), Span(text, Role.STRONG)]
