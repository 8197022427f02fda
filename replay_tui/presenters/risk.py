"""The risk in words: the AI's judgement with its steps, guardrail hits, and the HTTP analyser's counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from replay_tui.domain.risk import AiAnalysis, AiStep, Severity
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize
from replay_tui.presenters.indented_text import IndentedLine
from replay_tui.presenters.text_writer import BAD, MUTED, STRONG, WARN, Styles, TextWriter


def badge(severity: Severity | None) -> str:
    """`! HIGH`, `~ MEDIUM`, `. LOW`, or `? NONE` where nobody judged."""
    return f"{severity.symbol} {severity.label.upper()}" if severity else "none"


def risk_text(session: Session, styles: Styles) -> list[IndentedLine]:
    """The AI's judgement with its steps, guardrail hits, and the HTTP analyser's counts."""
    fields, out = session.fields, TextWriter(styles)
    if fields.ai_analysis:
        _analysis(out, fields.ai_analysis)
    for hit in session.guardrails:
        out.heading(f"Guardrail · {sanitize(hit.rule_name or 'unnamed')}")
        out.paragraph(hit.message)
        rule = hit.rule
        out.field("on", hit.direction)
        out.field("matched", ", ".join(hit.matched_words or []), BAD)
        if rule:
            out.field("rule", rule.pattern_regex or ", ".join(rule.words or []) or rule.type, MUTED)
    analyzer = fields.metrics.ai_analyzer if fields.metrics else None
    if analyzer:
        out.heading("HTTP analyser")
        out.field("requests", analyzer.total_requests)
        out.field("risks", _counts(analyzer.risk_counts))
        out.field("outcomes", _counts(analyzer.outcome_counts))
        out.field("blocked", analyzer.blocked_count)
        if worst := analyzer.worst:
            severity = Severity.parse(worst.risk_level)
            out.field("worst", badge(severity), BAD if severity is Severity.HIGH else WARN)
            out.paragraph(worst.title, STRONG)
            out.paragraph(worst.explanation)
            out.field("rule", worst.rule_name)
            out.field("outcome", worst.outcome)
    if not out.lines:
        out.line(("No analyser judged this session.", MUTED))
    return out.lines


_ACTIONS = {
    "allow_execution": "it was allowed",
    "block_execution": "it was blocked",
    "require_access_request": "it needs an access request",
}


def _analysis(out: TextWriter, analysis: AiAnalysis) -> None:
    out.paragraph(analysis.title, STRONG)
    out.paragraph(analysis.explanation)
    out.field("action", _ACTIONS.get(str(analysis.action), analysis.action))
    if analysis.summary:
        out.heading("Summary")
        out.paragraph(analysis.summary)
    for number, step in enumerate((analysis.steps or [])[:200], start=1):
        _step(out, number, step)
    out.field("model", analysis.model, MUTED)


def _step(out: TextWriter, number: int, step: AiStep) -> None:
    name = {"thinking": "thinks", "tool_call": "calls", "tool_result": "gets"}.get(str(step.type), step.type or "step")
    when = f" · {step.timestamp.astimezone(UTC):%H:%M:%S} UTC" if isinstance(step.timestamp, datetime) else ""
    failed = " · failed" if step.is_error else ""
    out.heading(f"{number}. {sanitize(name)} {sanitize(step.tool_name or '')}".rstrip() + when + failed)
    out.paragraph(step.thinking)
    out.paragraph(_short(step.tool_input), MUTED)
    out.paragraph(_short(step.tool_output), BAD if step.is_error else "")


def _short(value: Any) -> str:
    if value in (None, ""):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) < 4000 else text[:4000] + "…"


def _counts(counts: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{key} {value}" for key, value in (counts or {}).items())
