"""Review of a session: status, required approvals, decisions of the groups, time window, denial reasons."""

from __future__ import annotations

from datetime import datetime

from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.review import (
    TIME_RANGE,
    Action,
    ActionAvailability,
    ApprovalDefaults,
    Denial,
    DenialCode,
    Review,
    ReviewGroup,
    TimeWindow,
)
from replay_tui.domain.times import format_duration
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


def approvals_text(review: Review, defaults: ApprovalDefaults | None = None) -> str:
    """Return how many approvals a review has, so that it never contradicts the status: `1 of 2`, `forced`."""
    given, needed = review.approvals(defaults)
    counted = pluralize(given, "approval")
    if review.status in ("REJECTED", "REVOKED") or not review.groups:
        return ""
    if review.is_undecided:
        return counted if needed is None else f"{given} of {needed}" if given < needed else f"{counted}, still pending"
    if any(group.forced_review for group in review.groups):
        return "forced"
    return f"{given} of {needed}" if needed is not None and given == needed else counted if given else ""


def is_stuck(review: Review, defaults: ApprovalDefaults | None = None) -> bool:
    """Return True if more groups approved than needed: the gateway compares for equality and never approves it."""
    given, needed = review.approvals(defaults)
    return review.is_undecided and needed is not None and given > needed


def stuck_text(review: Review, defaults: ApprovalDefaults | None = None) -> str:
    """Return why a pending review can no longer be approved, as a sentence."""
    given, needed = review.approvals(defaults)
    have = "group has" if given == 1 else "groups have"
    need = f"{needed} is" if needed == 1 else f"{needed} are"
    return (
        f"{given} {have} approved where {need} needed: the gateway will not close this any more; force it or reject it."
    )


def review_section(
    review: Review | None,
    now: datetime | None,
    zone: str = "",
    defaults: ApprovalDefaults | None = None,
    *,
    ran: bool = False,
) -> Section:
    """Return the review; the title line holds its status and approvals. `now` is in UTC, `zone` as in `format_date`.

    Without `now` no text depends on the present. `ran`: the session ran before the review was decided.

    `defaults` are the approval settings of the connection, None if they are unknown.
    """
    if review is None:
        out = Section("Review", Span("none", Role.MUTED))
        out.paragraph("This session has no review.", Role.MUTED)
        return out
    needed = review.approvals(defaults)[1]
    out = Section("Review", status_badge(review.status), approvals_text(review, defaults))
    least = review.min_approvals if review.access_request_rule_name else defaults and defaults.min_review_approvals
    required = "" if needed is None else "every group" if least is None else pluralize(needed, "approval")
    out.field("reason", review.rejection_reason, Role.BAD)  # first, because the panels show few rows
    out.parts += [_decision(group, zone) for group in review.groups]
    if ran:
        out.field("note", "the session ran although this review is pending", Role.WARN)
        now = None  # its hours no longer matter
    if is_stuck(review, defaults):
        out.field("note", stuck_text(review, defaults), Role.WARN)
    if review.is_running:
        out.field("note", "the gateway is running the session; the status changes when it ends", Role.WARN)
    if review.time_window:
        out.field("time window", *window_text(review.time_window, now))
    out.field("type", ", ".join(filter(None, (_TYPES.get(review.type or "", review.type), required))))
    out.field("can force", ", ".join(review.force_groups(defaults) or []))
    out.field("rule", review.access_request_rule_name)
    seconds = review.access_seconds
    out.field("access duration", None if seconds is None else format_duration(seconds))
    if review.status == "REVOKED":
        for group in review.groups:
            if group.status == "REVOKED":
                out.field("revoked", _revocation(group, zone), Role.BAD)
    until = format_date(review.access_end, zone)
    out.field("access until", f"{until} (planned)" if until and review.status == "REVOKED" else until)
    out.start_details()
    out.field("requested", format_date(review.created_at, zone))
    out.field("review id", review.id, Role.MUTED)
    out.parts += pairs_of("other fields", review.model_extra)
    if not out.parts:
        out.paragraph("The review has no details.", Role.MUTED)
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


def _revocation(group: ReviewGroup, zone: str) -> str:
    date = group.review_date if isinstance(group.review_date, str) else format_date(group.review_date, zone)
    by = f"by {group.reviewed_by.display_name}" if group.reviewed_by else ""
    return " ".join(filter(None, (date or "date unknown", by)))


def window_text(window: TimeWindow, now: datetime | None) -> tuple[str, Role]:
    """Return a time window, its state and what the gateway does with it. `now` is in UTC; without it, no state."""
    hours = window.hours
    if hours is None:
        if window.type not in (None, TIME_RANGE):
            return f"unknown type {window.type}; the gateway refuses to run the session", Role.WARN
        values = window.configuration
        return (f"unreadable ({compact_json(values)})" if values else window.type or "unreadable"), Role.PLAIN
    text, role = f"{hours[0]:%H:%M}-{hours[1]:%H:%M} UTC", Role.PLAIN
    text += f" ({OVERNIGHT_NOTE})" if window.crosses_midnight else ""
    if now is not None:
        opens, closes = window.seconds_until_open(now), window.seconds_until_close(now)
        state = "closed, opens" if closes is None else "open, closes"
        text += f", {state} in {format_duration((opens if closes is None else closes) or 0)}"
        role = Role.WARN if closes is None else Role.GOOD
    return text, role


OVERNIGHT_NOTE = "the gateway runs it before midnight only"
"""What the gateway does with a time window that ends before it starts."""

_OWNER_ONLY = {Action.METADATA: "only its owner may edit it", Action.RUN: "only its owner may run it"}
_FIXED_REASONS = {
    DenialCode.READ_ONLY: "read-only mode",
    DenialCode.AUDITOR: "auditors can only view",
    DenialCode.NO_REVIEW: "the session has no review",
    DenialCode.ALREADY_APPROVED: "it is approved already",
    DenialCode.OWN_SESSION: "it is your own session",
    DenialCode.WINDOW_ALREADY_SET: "it has a time window already, and one can be set only once",
    DenialCode.NOT_REVOCABLE: "only approved temporary access can be revoked",
    DenialCode.NOT_ONE_TIME: "only a session reviewed for one run can be run here",
    DenialCode.NOT_RUNNING: "the session is not running",
    DenialCode.NOT_OWNER_OR_ADMIN: "only its owner or an administrator may end it",
}


def denial_text(option: ActionAvailability) -> str:
    """Return why an action is denied, as a clause without full stop; an empty string if it is allowed."""
    denial = option.denial
    if denial is None:
        return ""
    if denial.code is DenialCode.NOT_OWNER:
        return _OWNER_ONLY.get(option.action, "only its owner may do this")
    return _FIXED_REASONS.get(denial.code) or _reason_with_values(denial)


def _reason_with_values(denial: Denial) -> str:
    groups = ", ".join(sanitize(group) for group in denial.groups) or "any of the groups"
    status = sanitize(denial.status).lower() or "in an unknown state"
    return {
        DenialCode.REVIEW_CLOSED: f"the review is {status}",
        DenialCode.NOT_APPROVED: f"the review is {status}, not approved",
        DenialCode.NOT_IN_FORCE_GROUPS: f"only {groups} may force it",
        DenialCode.NOT_IN_GROUPS: f"you are not in {groups}",
        DenialCode.GROUPS_DECIDED: f"{groups} has decided already",
        DenialCode.OUTSIDE_WINDOW: outside_window_text(denial.seconds_until_open),
    }[denial.code]


def outside_window_text(seconds_until_open: float) -> str:
    """Return `outside the time window (opens in 2 h 00 min)`."""
    return f"outside the time window (opens in {format_duration(seconds_until_open)})"
