"""Verdict block of a report: risk, worst finding, decision, completeness and digest, for readers of one page only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from replay_tui.domain.display_text import truncate
from replay_tui.domain.finding import Finding, flagged, worst_first
from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.session import Session
from replay_tui.export.report.model import ReportSection
from replay_tui.export.report.plain_words import review_status, session_status
from replay_tui.export.report.review_history import decisions_text
from replay_tui.presenters.completeness import incomplete_text, no_findings_label, no_findings_text
from replay_tui.presenters.document import Field, Role, Section, Span
from replay_tui.presenters.review import approvals_text, status_badge
from replay_tui.presenters.risk import gateway_action, risk_badge
from replay_tui.presenters.session import empty_text
from replay_tui.presenters.values import format_date, with_detail
from replay_tui.presenters.verdict import verdict_badge

if TYPE_CHECKING:
    from replay_tui.recording import Recording

MAX_EVIDENCE_CHARS = 200
COMPLETE = "complete: the whole recording was read, and every rule ran"


def verdict_section(recording: Recording, digest: tuple[str, str]) -> ReportSection:
    """Return the verdict on a redacted recording; `digest` is a labelled value that identifies it."""
    session, fields = recording.displayed_session, recording.displayed_session.fields
    findings = worst_first(flagged(recording.findings))
    nothing = risk_badge(None) if recording.completeness.is_complete else Span("? UNKNOWN", Role.WARN)
    badge = verdict_badge(session, findings[0] if findings else None) or nothing
    out = Section("Verdict", badge)
    out.field("risk", f"{badge.text} ({_risk_sources(recording, findings)})", badge.role)
    _add_worst(out, recording, findings)
    _add_gateway(out, session)
    _add_decision(out, session)
    missing = incomplete_text(recording.completeness) or (empty_text(recording) if recording.empty_reason else "")
    out.field("completeness", missing or COMPLETE, Role.WARN if missing else Role.PLAIN)
    out.field("user", with_detail(fields.user_name, fields.user or fields.user_id) or session.display_user)
    out.field("connection", fields.connection or session.display_connection)
    out.field("started", format_date(fields.start_date, "utc") or "no start date")
    out.field("what it was", session_status(fields))
    out.field("session id", fields.id)
    out.parts.append(Field(*digest))
    return ReportSection.of(out)


def _risk_sources(recording: Recording, findings: Sequence[Finding]) -> str:
    """Return who reported which severity, so that the highest can be traced."""
    session = recording.displayed_session
    reported = session.severity.label if session.severity else session.risk_word or "nothing reported"
    own = findings[0].severity.label if findings else no_findings_label(recording.completeness)
    return f"gateway: {reported}; replay-tui's rules: {own}"


def _add_worst(out: Section, recording: Recording, findings: Sequence[Finding]) -> None:
    """Add the first of the findings, which are ordered worst first, and how many there are."""
    if not findings:
        out.field("worst finding", no_findings_text(recording.completeness))
        return
    worst = findings[0]
    evidence = truncate(" ".join(worst.evidence.split()), MAX_EVIDENCE_CHARS)
    place = f"at {recording.format_time(worst.time)}"
    out.field("worst finding", f"{worst.message.rstrip('.')}, {place}" + (f": {evidence}" if evidence else ""))
    counts = [
        f"{sum(one.severity is severity for one in findings):,} {severity.label}"
        for severity in sorted({one.severity for one in findings}, key=lambda one: -one.rank)
    ]
    out.field("findings", ", ".join(counts))


def _add_gateway(out: Section, session: Session) -> None:
    """Add title and outcome of the AI and HTTP analyses, and the guardrails that matched."""
    analysis, request = session.fields.ai_analysis, session.worst_request
    if analysis:
        out.field("AI analysis", _joined(analysis.title, gateway_action(analysis)) or "without a title")
    if request:
        out.field("HTTP analysis", _joined(request.title, request.outcome) or "without a title")
    if not analysis and not request:
        out.field("AI analysis", "none")
    names = ", ".join(hit.rule_name or "unnamed" for hit in session.guardrails)
    out.field("guardrails", f"blocked by {names}" if names else None, Role.BAD)


def _joined(title: str | None, outcome: str | None) -> str:
    return "; ".join(filter(None, (mask_known_secrets(title or ""), outcome)))


def _add_decision(out: Section, session: Session) -> None:
    review = session.fields.review
    if review is None:
        out.field("decision", "none: this session has no review")
        return
    approvals = approvals_text(review)
    text = ", ".join(
        filter(None, (review_status(review), f"{approvals} approvals" if " of " in approvals else approvals))
    )
    out.field("decision", text, status_badge(review.status).role)
    out.field("decided by", decisions_text(review))
    out.field("reason", review.rejection_reason)
