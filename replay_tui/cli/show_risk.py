"""The part of `show` that repeats what the gateway's analysers said."""

from __future__ import annotations

from replay_tui.cli.show_session import compact_json, format_pairs
from replay_tui.cli.text_page import TextPage
from replay_tui.domain.risk import AiAnalysis, AiStep, GuardrailHit, HttpAnalyzer, Metrics, Severity
from replay_tui.domain.session import Session

SEVERITY_STYLES: dict[Severity, tuple[str, ...]] = {
    Severity.HIGH: ("bold", "red"),
    Severity.MEDIUM: ("yellow",),
    Severity.LOW: ("green",),
}


def add_risk(page: TextPage, session: Session) -> None:
    """The AI's judgement with its steps, guardrails, masking, the HTTP analyser's counts."""
    page.section("Risk, as the gateway judged it")
    before = len(page.lines)
    if session.fields.ai_analysis:
        _ai(page, session.fields.ai_analysis)
    for hit in session.guardrails:
        _guardrail(page, hit)
    if session.fields.metrics:
        _metrics(page, session.fields.metrics)
    if len(page.lines) == before:
        page.text("No analysis, no guardrail, no masking.")


def badge(severity: Severity | None, word: str | None) -> str:
    """Shape and word: `! HIGH`."""
    return f"{severity.symbol} {severity.label.upper()}" if severity else (word or "unknown")


def _ai(page: TextPage, ai: AiAnalysis) -> None:
    page.field("AI risk", badge(ai.severity, ai.risk_level), *SEVERITY_STYLES.get(ai.severity or Severity.LOW, ()))
    page.field("title", ai.title)
    page.field("explanation", ai.explanation)
    page.field("action taken", ai.action)
    page.field("summary", ai.summary)
    page.field("model", ai.model)
    page.field("other fields", format_pairs(ai.model_extra))
    for number, step in enumerate(ai.steps or [], 1):
        page.item(f"{number}.", _step(step), indent=4)


def _step(step: AiStep) -> str:
    parts = [step.thinking or ""]
    if step.tool_name:
        parts.append(f"{step.tool_name} {compact_json(step.tool_input) if step.tool_input is not None else ''}".strip())
    if step.tool_output is not None:
        parts.append(f"{'failed' if step.is_error else 'gave'}: {compact_json(step.tool_output)}")
    return "\n".join(filter(None, parts)) or step.type or "an empty step"


def _guardrail(page: TextPage, hit: GuardrailHit) -> None:
    words = ", ".join(hit.matched_words or [])
    pattern = hit.rule.pattern_regex if hit.rule else None
    detail = [f"matched {words}" if words else "", f"pattern {pattern}" if pattern else "", hit.message or ""]
    where = f" ({hit.direction})" if hit.direction else ""
    page.field("! guardrail", "; ".join(filter(None, (f"{hit.rule_name or 'unnamed'}{where}", *detail))), "red")


def _metrics(page: TextPage, metrics: Metrics) -> None:
    masking = metrics.data_masking
    if masking and (masking.total_redact_count or masking.info_types or masking.err_count):
        kinds = format_pairs(masking.info_types)
        parts = [f"{masking.total_redact_count or 0} values", kinds or "", f"{masking.transformed_bytes or 0} bytes"]
        if masking.err_count:
            parts.append(f"{masking.err_count} errors")
        page.field("masked", ", ".join(filter(None, parts)))
    if metrics.truncated:
        page.field("truncated", "the recording was cut at the gateway's cap", "yellow")
    if metrics.ai_analyzer:
        _http(page, metrics.ai_analyzer)


def _http(page: TextPage, http: HttpAnalyzer) -> None:
    page.field("requests", http.total_requests)
    page.field("by risk", format_pairs(http.risk_counts))
    page.field("by outcome", format_pairs(http.outcome_counts))
    page.field("blocked", http.blocked_count)
    if http.worst:
        worst = http.worst
        severity = Severity.parse(worst.risk_level)
        said = [badge(severity, worst.risk_level), worst.outcome, worst.title, worst.explanation, worst.rule_name]
        page.field("worst request", "; ".join(filter(None, said)), *SEVERITY_STYLES.get(severity or Severity.LOW, ()))
