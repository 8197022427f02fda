"""Review of a session: status, required approvals, decisions of the groups, time window."""

from __future__ import annotations

from datetime import datetime

from replay_tui.domain.review import Review, ReviewGroup, TimeWindow
from replay_tui.domain.text import pluralize
from replay_tui.domain.time_format import format_duration
from replay_tui.presenters.document import Item, Role, Section, Span
from replay_tui.presenters.values import compact_json, format_date, pairs_of

_STATUS = {
    "PENDING": ("◔", Role.WARN), "APPROVED": ("✓", Role.GOOD), "REJECTED": ("✗", Role.BAD), "REVOKED": ("✗", Role.BAD),
    "PROCESSING": ("◔", Role.WARN), "EXECUTED": ("✓", Role.GOOD), "UNKNOWN": ("?", Role.MUTED),
}  # fmt: skip
_TYPES = {"jit": "temporary access", "onetime": "one run"}


def status_badge(status: str | None) -> Span:
    """Return symbol and word of a review status: `◔ PENDING`."""
    symbol, role = _STATUS.get(status or "", ("?", Role.MUTED))
    return Span(f"{symbol} {status or 'UNKNOWN'}", role)


def review_section(review: Review | None, now: datetime, zone: str = "") -> Section:
    """Return the review; the title line holds its status and approvals. `now` is in UTC, `zone` as in `format_date`."""
    if review is None:
        out = Section("Review", Span("none", Role.MUTED))
        out.paragraph("This session has no review.", Role.MUTED)
        return out
    given, needed = review.approvals
    out = Section("Review", status_badge(review.status), f"{given} of {needed}" if needed else "")
    required = "every group" if review.min_approvals is None else pluralize(review.min_approvals, "approval")
    out.field("reason", review.rejection_reason, Role.BAD)  # first, because the panels show few rows
    out.field("rule", review.access_request_rule_name)
    out.field("type", ", ".join(filter(None, (_TYPES.get(review.type or "", review.type), required))))
    out.parts += [_decision(group, zone) for group in review.groups]
    out.field("can force", ", ".join(review.force_approval_groups or []))
    if review.time_window:
        _window(out, review.time_window, now)
    seconds = review.access_seconds
    out.field("access duration", None if seconds is None else format_duration(seconds))
    out.field("requested", format_date(review.created_at, zone))
    out.field("revoked" if review.status == "REVOKED" else "access ends", format_date(review.revoke_at, zone))
    out.field("review id", review.id, Role.MUTED)
    out.parts += pairs_of("other fields", review.model_extra)
    return out


def _decision(group: ReviewGroup, zone: str) -> Item:
    decided = group.reviewed_by is not None or group.status != "PENDING"
    symbol, role = _STATUS.get(group.status or "", ("?", Role.MUTED)) if decided else ("○", Role.MUTED)
    parts = [(group.status or "unknown").lower() if decided else "waiting"]
    if group.reviewed_by:
        name, email = group.reviewed_by.display_name, group.reviewed_by.email
        parts[0] += f" by {name}" + (f" ({email})" if email not in (None, name) else "")
    date = group.review_date
    parts += [date if isinstance(date, str) else format_date(date, zone), "forced" if group.forced_review else ""]
    return Item(symbol, f"{group.group or 'unnamed group'}: {', '.join(filter(None, parts))}", role)


def _window(out: Section, window: TimeWindow, now: datetime) -> None:
    hours = window.hours
    if hours is None:
        values = window.configuration
        out.field("time window", f"unreadable ({compact_json(values)})" if values else window.type or "unreadable")
        return
    opens, closes = window.seconds_until_open(now), window.seconds_until_close(now)
    state = f"closed, opens in {format_duration(opens or 0)}"
    if closes is not None:
        state = f"open, closes in {format_duration(closes)}"
    text = f"{hours[0]:%H:%M}-{hours[1]:%H:%M} UTC, {state}"
    out.field("time window", text, Role.WARN if closes is None else Role.GOOD)
