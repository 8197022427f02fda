"""Risk reported by the gateway: the AI analysis with its steps, guardrail hits, the HTTP analyser's counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.known_secrets import mask_known_secrets, mask_known_secrets_in
from replay_tui.domain.risk import AiAnalysis, AiStep, GuardrailHit, HttpAnalyzer, Severity
from replay_tui.domain.session import Session
from replay_tui.presenters.document import SEVERITY_ROLES, Role, Section, Span, Subheading
from replay_tui.presenters.values import compact_json, pairs_of

MAX_STEPS = 200
MAX_WORD_CHARS = 16
"""Displayed characters of a risk level that this program does not know."""
MAX_TOOL_CHARS = 4000
"""Characters of a tool's input or output."""
_ACTIONS = {
    "allow_execution": "allowed",
    "block_execution": "blocked",
    "require_access_request": "access request required",
}
_STEPS = {"thinking": "reasoning", "tool_call": "tool call", "tool_result": "tool result"}


def risk_badge(severity: Severity | None, word: str = "") -> Span:
    """Return `! HIGH`, `~ MEDIUM`, `. LOW`, with `word` instead of the label if there is one; `none` for None."""
    if severity is None:
        return Span(truncate(word, MAX_WORD_CHARS) or "none", Role.MUTED)
    label = truncate(sanitize(word), MAX_WORD_CHARS) or severity.label
    return Span(f"{severity.symbol} {label.upper()}", SEVERITY_ROLES[severity])


def session_badge(session: Session) -> Span:
    """Return the badge of the risk that the gateway reported for a session."""
    return risk_badge(session.severity, session.risk_word)


def risk_section(session: Session) -> Section:
    """Return all that the gateway's analysers reported; the title line holds the risk."""
    fields, analysis = session.fields, session.fields.ai_analysis
    out = Section("Risk", session_badge(session), "by the gateway" if session.severity else "")
    if analysis:
        _judgement(out, analysis)
    for hit in session.guardrails:
        _guardrail(out, hit)
    if fields.metrics and fields.metrics.ai_analyzer:
        _http(out, fields.metrics.ai_analyzer)
    out.start_details()
    if analysis:
        _investigation(out, analysis)
    if not out.parts:
        out.paragraph("No AI analysis, guardrail hit or HTTP analysis was reported.", Role.MUTED)
        out.details_from = None
    return out


def gateway_action(analysis: AiAnalysis) -> str | None:
    """Return what the gateway did because of the analysis, in words; None if it does not say."""
    return _ACTIONS.get(str(analysis.action), analysis.action)


def _judgement(out: Section, analysis: AiAnalysis) -> None:
    out.paragraph(_masked(analysis.title), Role.STRONG, label="title")
    out.paragraph(_masked(analysis.explanation), label="explanation")
    out.paragraph(_masked(analysis.summary), label="summary")
    out.field("gateway action", gateway_action(analysis))


def _investigation(out: Section, analysis: AiAnalysis) -> None:
    """Add how the AI came to its judgement: model, and the steps of the investigation."""
    if analysis.model or analysis.model_extra or analysis.steps:
        out.parts.append(Subheading("AI analysis"))
    out.field("model", analysis.model, Role.MUTED)
    out.parts += pairs_of("other fields", analysis.model_extra)
    steps = analysis.steps or []
    for number, step in enumerate(steps[:MAX_STEPS], start=1):
        _step(out, number, step)
    if len(steps) > MAX_STEPS:
        out.paragraph(f"{len(steps) - MAX_STEPS:,} more steps are not shown.", Role.WARN)


def _step(out: Section, number: int, step: AiStep) -> None:
    name = _STEPS.get(str(step.type), step.type or "step")
    time = f"{step.timestamp.astimezone(UTC):%H:%M:%S} UTC" if isinstance(step.timestamp, datetime) else ""
    subject = f"{number}. {name} {step.tool_name or ''}".rstrip()
    out.parts.append(Subheading(" · ".join(filter(None, (subject, time, "failed" if step.is_error else "")))))
    out.paragraph(_masked(step.thinking))
    out.paragraph(_tool_text(step.tool_input), Role.MUTED)
    out.paragraph(_tool_text(step.tool_output), Role.BAD if step.is_error else Role.PLAIN)


def _masked(text: str | None) -> str:
    return mask_known_secrets(text or "")


def _tool_text(value: Any) -> str:
    return "" if value in (None, "") else compact_json(mask_known_secrets_in(value), MAX_TOOL_CHARS)


def _guardrail(out: Section, hit: GuardrailHit) -> None:
    out.parts.append(Subheading(f"Guardrail · {hit.rule_name or 'unnamed'}"))
    out.paragraph(_masked(hit.message))
    out.field("direction", hit.direction)
    matched = ", ".join(hit.matched_words or [])
    out.field("matched", matched, Role.BAD)
    rule = hit.rule and (hit.rule.pattern_regex or ", ".join(hit.rule.words or []) or hit.rule.type)
    out.field("rule", rule if rule != matched else None, Role.MUTED)


def _http(out: Section, analyzer: HttpAnalyzer) -> None:
    out.parts.append(Subheading("HTTP analysis"))
    out.field("requests", analyzer.total_requests)
    out.parts += pairs_of("risks", analyzer.risk_counts)
    out.parts += pairs_of("outcomes", analyzer.outcome_counts)
    out.field("blocked", analyzer.blocked_count)
    if worst := analyzer.worst:
        known = Severity.parse(worst.risk_level)
        badge = risk_badge(
            known or (Severity.MEDIUM if worst.risk_level else None), "" if known else worst.risk_level or ""
        )
        out.field("worst request", badge.text, badge.role)
        out.paragraph(_masked(worst.title), Role.STRONG, label="title")
        out.paragraph(_masked(worst.explanation), label="explanation")
        out.field("rule", worst.rule_name)
        out.field("outcome", worst.outcome)
