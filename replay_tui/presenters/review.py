"""Review of a session: status, required approvals, decisions of the groups, time window, denial reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from replay_tui.domain.review import Action, ActionAvailability, Denial, DenialCode, Review, ReviewGroup, TimeWindow
from replay_tui.domain.session import Session
from replay_tui.domain.text import pluralize, sanitize
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


MAX_SCRIPT_CHARS = 80
"""Displayed characters of a script in a confirmation."""

_OWNER_ONLY = {Action.METADATA: "only its owner may edit it", Action.RUN: "only its owner may run it"}
_FIXED_REASONS = {
    DenialCode.READ_ONLY: "read-only mode",
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


def inside_window_text(seconds_until_close: float) -> str:
    """Return `inside the time window (closes in 2 h 00 min)`."""
    return f"inside the time window (closes in {format_duration(seconds_until_close)})"


def confirmation_text(action: Action, session: Session, groups: Sequence[str]) -> str:
    """Return the effect of an action on a session as a sentence to confirm. `groups` are the user's review groups."""
    name = f"{sanitize(session.display_user)}'s session on {sanitize(session.display_connection)}"
    if action in (Action.APPROVE, Action.APPROVE_WINDOW):
        review = session.fields.review or Review()
        given, needed = review.approvals
        names = ", ".join(sanitize(group) for group in groups) or "nobody"
        return f"Approve {name} for {names} ({given} of {needed} approvals so far)."
    return {
        Action.FORCE: f"Approve {name} at once, without the other groups.",
        Action.REJECT: f"Reject {name}.",
        Action.REVOKE: f"Revoke the access that was granted for {name}.",
        Action.RUN: f"Run {name} now: {sanitize(session.script_text)[:MAX_SCRIPT_CHARS]}",
        Action.KILL: f"End {name} now.",
        Action.METADATA: f"Replace the metadata of {name}.",
    }[action]
