"""A session in words: what sidebar and risk panel say. Foreign text is cleaned here, once, on its way into `Text`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from replay_tui.domain.review import Review, TimeWindow
from replay_tui.domain.risk import AiAnalysis, AiStep, Metrics, Severity
from replay_tui.domain.session import Session
from replay_tui.domain.text import clean
from replay_tui.domain.times import format_span

LABEL, STRONG, MUTED, GOOD, BAD, WARN = "label", "strong", "muted", "good", "bad", "warn"
Styles = Mapping[str, str]
"""Rich style of each role (`label`, `strong`, `muted`, `good`, `bad`, `warn`), from the theme."""

_STATUS = {
    "PENDING": ("◔", WARN), "APPROVED": ("✓", GOOD), "REJECTED": ("✗", BAD), "REVOKED": ("✗", BAD),
    "PROCESSING": ("◔", WARN), "EXECUTED": ("✓", GOOD), "UNKNOWN": ("?", MUTED),
}  # fmt: skip


def status_mark(status: object) -> tuple[str, str]:
    """The sign and the style role of a review status."""
    return _STATUS.get(str(status), ("?", MUTED))


class Writer:
    """Builds a `Text` of labelled lines."""

    def __init__(self, styles: Styles) -> None:
        self.text = Text(no_wrap=False, end="")
        self._styles = styles

    def line(self, *parts: tuple[object, str] | str) -> None:
        """A line of parts, each with a style role; all are cleaned."""
        if self.text:
            self.text.append("\n")
        for part in parts:
            value, role = part if isinstance(part, tuple) else (part, "")
            self.text.append(clean(value, lines=True), self._styles.get(role, ""))

    def field(self, label: str, value: object, role: str = "") -> None:
        """A labelled value; nothing where there is none."""
        if value not in (None, "", {}, []):
            self.line((f"{label}  ", LABEL), (value, role))

    def heading(self, title: str) -> None:
        """A heading after an empty line."""
        if self.text:
            self.text.append("\n")
        self.line((title, STRONG))

    def paragraph(self, value: object, role: str = "") -> None:
        """Running text of the server's, kept in its lines."""
        if value:
            self.line((value, role))


def metadata(session: Session, styles: Styles, *, zone: str, size: str, events: int) -> Text:
    """Who, what, where, when, how long, and everything attached."""
    fields, out = session.fields, Writer(styles)
    exit_code = fields.exit_code
    outcome = "" if exit_code is None else f" exit {exit_code}"
    status = (f"  {fields.status or 'unknown status'}", MUTED)
    out.line((session.who, STRONG), status, (outcome, GOOD if exit_code == 0 else BAD))
    if fields.user and fields.user != session.who:
        out.line((fields.user, MUTED))
    if fields.identity_type == "machine":
        out.field("machine", fields.machine_identity_id or "identity")
    how = " ".join(filter(None, (fields.verb, fields.type, fields.connection_subtype)))
    out.line((session.what, STRONG), (f"  {how}", ""))
    if fields.resource_name not in (None, fields.connection):
        out.field("resource", fields.resource_name)
    took = format_span(session.wall_seconds) if session.wall_seconds is not None else "not ended"
    out.line((_moment(fields.start_date, zone) or "no start date", ""), (f"  {took}", STRONG))
    count = f"{events:,} event{'' if events == 1 else 's'}"
    out.line((f"{size}, {count}" if size else count, MUTED))
    for label, values in (
        ("tags", fields.connection_tags),
        ("metadata", fields.metadata),
        ("labels", fields.labels),
        ("integrations", fields.integrations_metadata),
    ):
        _mapping(out, label, values)
    out.field("batch", fields.session_batch_id)
    out.field("correlation", fields.correlation_id)
    _masking(out, fields.metrics)
    out.field("ended", _moment(fields.end_date, zone))
    out.field("id", fields.id, MUTED)
    return out.text


def _mapping(out: Writer, label: str, values: Mapping[str, Any] | None) -> None:
    for position, (key, value) in enumerate((values or {}).items()):
        if position == 50:
            out.line((f"… and {len(values or {}) - 50} more", MUTED))
            break
        shown = value if isinstance(value, str) else json.dumps(value, default=str)[:2000]
        out.line((f"{label}  " if position == 0 else " " * (len(label) + 2), LABEL), (f"{key}=", MUTED), shown)


def _masking(out: Writer, metrics: Metrics | None) -> None:
    masking = metrics.data_masking if metrics else None
    if not masking or not (masking.total_redact_count or masking.info_types or masking.err_count):
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in (masking.info_types or {}).items())
    out.field("masked", f"{masking.total_redact_count or 0} values, {masking.transformed_bytes or 0} bytes")
    if kinds:
        out.line(("        ", LABEL), (kinds, MUTED))
    if masking.err_count:
        out.field("masking errors", masking.err_count, BAD)


def _moment(value: datetime | None, zone: str) -> str:
    if not isinstance(value, datetime):
        return ""
    shown = value.astimezone(UTC if zone == "utc" else None)
    return shown.strftime("%d %b %Y %H:%M:%S")


def zone_name(zone: str) -> str:
    """The name of the zone in which times are shown."""
    return "UTC" if zone == "utc" else datetime.now().astimezone().tzname() or "local"


def review_title(review: Review | None) -> str:
    """`Review · ◔ PENDING 1 of 2`, or `Review · none`."""
    if review is None:
        return "Review · none"
    given, needed = review.approvals
    count = f" {given} of {needed}" if review.groups else ""
    return f"Review · {status_mark(review.status)[0]} {clean(review.status or 'unknown')}{count}"


def review_text(review: Review | None, styles: Styles, now: datetime) -> Text:
    """Who must agree, who has, and within which hours. `now` is in UTC."""
    out = Writer(styles)
    if review is None:
        out.line(("This session needed no review.", MUTED))
        return out.text
    needs = f"{review.min_approvals} needed" if review.min_approvals is not None else "all needed"
    out.line((review.access_request_rule_name or "no rule named", STRONG), (f"  {review.type or ''}, {needs}", MUTED))
    for group in review.groups:
        sign, role = status_mark(group.status) if group.reviewed_by or group.status != "PENDING" else ("○", MUTED)
        who = group.reviewed_by.shown if group.reviewed_by else "waiting"
        when = ""
        if isinstance(group.review_date, str):
            when = group.review_date
        elif group.review_date is not None:
            when = group.review_date.strftime("%d %b %H:%M")
        forced = " (forced)" if group.forced_review else ""
        out.line((f"{sign} ", role), (f"{group.group or '?'}  ", ""), (f"{who}{forced}  {when}", MUTED))
    out.field("may force", ", ".join(review.force_approval_groups or []))
    if review.time_window:
        _window(out, review.time_window, now)
    if review.access_seconds:
        out.field("access for", format_span(review.access_seconds))
    out.field("asked", _moment(review.created_at, "utc"))
    out.field("revoked at" if review.status == "REVOKED" else "access ends", _moment(review.revoke_at, "utc"))
    out.field("rejected", review.rejection_reason, BAD)
    return out.text


def _window(out: Writer, window: TimeWindow, now: datetime) -> None:
    hours = window.hours
    if hours is None:
        out.field("window", "unreadable")
        return
    opens, closes = window.opens_in(now), window.closes_in(now)
    text = f"{hours[0]:%H:%M}-{hours[1]:%H:%M} UTC"
    state = f"open, {_rough(closes)} left" if closes is not None else f"shut, opens in {_rough(opens or 0)}"
    out.line(("window  ", LABEL), text)
    out.line("        ", (state, GOOD if closes is not None else WARN))


def _rough(seconds: float) -> str:
    whole = timedelta(seconds=int(seconds))
    hours, minutes = whole.seconds // 3600, whole.seconds // 60 % 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def badge(severity: Severity | None) -> str:
    """`! HIGH`, `~ MEDIUM`, `. LOW`, or `? NONE` where nobody judged."""
    return f"{severity.shape} {severity.value.upper()}" if severity else "none"


def risk_text(session: Session, styles: Styles) -> Text:
    """The AI's judgement with its steps, guardrail hits, and the HTTP analyser's counts."""
    fields, out = session.fields, Writer(styles)
    if fields.ai_analysis:
        _analysis(out, fields.ai_analysis)
    for hit in session.guardrails:
        out.heading(f"Guardrail · {clean(hit.rule_name or 'unnamed')}")
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
            severity = Severity.read(worst.risk_level)
            out.line(("worst  ", LABEL), (badge(severity), BAD if severity is Severity.HIGH else WARN))
            out.paragraph(worst.title, STRONG)
            out.paragraph(worst.explanation)
            out.field("rule", worst.rule_name)
            out.field("outcome", worst.outcome)
    if not out.text:
        out.line(("No analyser judged this session.", MUTED))
    return out.text


_ACTIONS = {
    "allow_execution": "it was allowed",
    "block_execution": "it was blocked",
    "require_access_request": "it needs an access request",
}


def _analysis(out: Writer, analysis: AiAnalysis) -> None:
    out.paragraph(analysis.title, STRONG)
    out.paragraph(analysis.explanation)
    out.field("action", _ACTIONS.get(str(analysis.action), analysis.action))
    if analysis.summary:
        out.heading("Summary")
        out.paragraph(analysis.summary)
    for number, step in enumerate((analysis.steps or [])[:200], start=1):
        _step(out, number, step)
    out.field("model", analysis.model, MUTED)


def _step(out: Writer, number: int, step: AiStep) -> None:
    name = {"thinking": "thinks", "tool_call": "calls", "tool_result": "gets"}.get(str(step.type), step.type or "step")
    out.heading(f"{number}. {clean(name)} {clean(step.tool_name or '')}".rstrip())
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
