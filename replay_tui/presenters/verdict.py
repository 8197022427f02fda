"""Verdict on a session in one line: what is known of its danger and its review, and what is not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import pluralize, text_width, truncate
from replay_tui.domain.finding import Finding, flagged, worst_first
from replay_tui.domain.review import ApprovalDefaults
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.times import format_mmss
from replay_tui.presenters.completeness import ANALYSING, INCOMPLETE, NOT_ANALYSED, no_findings_label
from replay_tui.presenters.document import SEVERITY_ROLES, Role, Span
from replay_tui.presenters.review import approvals_text, status_badge
from replay_tui.presenters.risk import MAX_WORD_CHARS, risk_badge, session_badge

MIN_EVIDENCE_CELLS = 16
WANTED_EVIDENCE_CELLS = 44
"""Cells of a finding with its time for which other words are left out."""


def verdict_line(
    session: Session,
    findings: Sequence[Finding] | None,
    completeness: Completeness,
    now: datetime,
    *,
    failed: bool = False,
    defaults: ApprovalDefaults | None = None,
    width: int,
) -> list[Span]:
    """Return badge, what was blocked, worst finding, the gateway's judgement and the review in about `width` cells.

    Where there is less room, what is not there (`no review`) and words that can be guessed are left out first.
    `findings` is None before the analysis has ended; `failed` says that it will not. `now` is in UTC, `defaults` are
    the approval settings of the session's connection.
    """
    worst = next(iter(worst_first(flagged(findings or ()))), None)
    badge = verdict_badge(session, worst)
    start = [*([badge, Span("  ")] if badge else ()), *_blocked(session)]
    incomplete = [] if worst is None or completeness.is_complete else [Span(f" · {INCOMPLETE}", Role.WARN)]
    clauses = [*_gateway_clauses(session), *_review_clauses(session, now, defaults)]
    nothing = _no_finding(findings, completeness, failed=failed)
    texts = _descriptions(worst, flagged(findings or ())) if worst else [nothing.text] * 2
    least = min(WANTED_EVIDENCE_CELLS, text_width(texts[-2]))
    for shorter in (_whole, _without_muted, _without_review_word):
        end = [*incomplete, *(span for clause in shorter(clauses) for span in (Span(" · ", Role.MUTED), clause))]
        room = width - sum(text_width(span.text) for span in (*start, *end))
        if room >= least:
            break
    if worst is None:
        return [*start, nothing, *end]
    role = Role.PLAIN if worst.severity is Severity.LOW else Role.STRONG
    text = next((text for text in texts if text_width(text) <= room), None)
    if text is None:
        time = _time(worst)
        text = truncate(texts[-2].removesuffix(time), max(MIN_EVIDENCE_CELLS, room - len(time))) + time
    return [*start, Span(text, role), *end]


def _whole(clauses: list[Span]) -> list[Span]:
    return clauses


def _without_muted(clauses: list[Span]) -> list[Span]:
    return [clause for clause in clauses if clause.role is not Role.MUTED]


def _without_review_word(clauses: list[Span]) -> list[Span]:
    return [Span(clause.text.replace("review ", ""), clause.role) for clause in _without_muted(clauses)]


def verdict_badge(session: Session, worst: Finding | None) -> Span | None:
    """Return the badge of the higher severity: the gateway's or the worst finding's; None without either."""
    reported = session.severity
    if worst is not None and (reported is None or worst.severity.rank > reported.rank):
        return risk_badge(worst.severity)
    return None if reported is None else session_badge(session)


def _no_finding(findings: Sequence[Finding] | None, completeness: Completeness, *, failed: bool) -> Span:
    if findings is None:
        return Span(f"findings: {NOT_ANALYSED if failed else ANALYSING}", Role.WARN if failed else Role.MUTED)
    if completeness.is_complete:
        return Span("no findings")
    return Span(no_findings_label(completeness), Role.WARN)


def _descriptions(worst: Finding, findings: Sequence[Finding]) -> list[str]:
    """Return descriptions of the worst finding, the most complete first; the second last is the least one wanted.

    A statement says more than the rule's words. Other evidence says less, such as a control sequence in the output, and
    so do statements of low findings, such as a text that was typed and deleted.
    """
    clause, evidence, time = _clause(worst.message), _evidence(worst), _time(worst)
    same = sum(one.severity is worst.severity for one in findings) - 1
    more = f" and {same:,} more {worst.severity.label}" if same else ""
    if not evidence:
        return [f"{clause}{time}{more}", clause + time, clause + time]
    is_obvious = worst.statement is not None and worst.severity is not Severity.LOW
    short, other = (evidence, clause) if is_obvious else (clause, evidence)
    full = f"{clause}: {evidence}{time}"
    return [full + more, full, f"{short}{time}{more}", short + time, other + time]


def _time(finding: Finding) -> str:
    """Return ` at 01:04`, an empty text for a script, whose statements have no times."""
    return f" at {format_mmss(finding.time).partition('.')[0]}" if finding.time else ""


def _evidence(finding: Finding) -> str:
    return " ".join(finding.evidence.split()).removesuffix(";")


def _clause(message: str) -> str:
    """Return the first clause of a finding's message, without its capital letter: `deletes every row`."""
    clause = message.split(": ", 1)[0].split(". ", 1)[0].rstrip(".")
    return clause[:1].lower() + clause[1:] if clause[1:2].islower() else clause


def _blocked(session: Session) -> list[Span]:
    """Return that guardrails blocked the session; it stands before the finding, which then did not happen."""
    count = len(session.guardrails)
    return [Span(f"blocked by {pluralize(count, 'guardrail')}", Role.WARN), Span(" · ", Role.MUTED)] if count else []


def _gateway_clauses(session: Session) -> Iterator[Span]:
    """Yield what the gateway's analysers say, or that there was no AI analysis."""
    analysis, request = session.fields.ai_analysis, session.worst_request
    levels = [("AI", analysis and analysis.risk_level), ("HTTP analysis", request and request.risk_level)]
    for analyser, word in levels:
        if word:
            severity = Severity.parse(word)
            label = severity.label if severity else truncate(word, MAX_WORD_CHARS)
            yield Span(f"{analyser} {label}", SEVERITY_ROLES[severity] if severity else Role.WARN)
    if not any(word for _, word in levels):
        yield Span("no AI analysis", Role.MUTED)


def _review_clauses(session: Session, now: datetime, defaults: ApprovalDefaults | None) -> Iterator[Span]:
    review = session.fields.review
    if review is None:
        yield Span("no review", Role.MUTED)
        return
    badge, approvals = status_badge(review.status), approvals_text(review, defaults)
    status = (review.status or "unknown").lower()
    ran = "ran, " if session.ran_before_decision else ""
    yield Span(f"{ran}review {status} {approvals}".rstrip(), badge.role)
    if review.time_window and not ran and review.status in ("PENDING", "APPROVED"):
        opens = review.time_window.seconds_until_open(now)
        if opens is None:
            yield Span("window unreadable", Role.WARN)
        else:
            yield Span("window closed" if opens else "window open", Role.WARN if opens else Role.GOOD)
