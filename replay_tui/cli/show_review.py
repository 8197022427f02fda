"""The part of `show` about the review."""

from __future__ import annotations

from datetime import datetime

from replay_tui.cli.show_session import format_moment, format_pairs
from replay_tui.cli.text_page import TextPage
from replay_tui.domain.review import Review, ReviewGroup, TimeWindow
from replay_tui.domain.session import Session
from replay_tui.domain.time_format import format_duration

STATUS_STYLES = {"APPROVED": "green", "PENDING": "yellow", "REJECTED": "red", "REVOKED": "red"}
_MARKS = {"APPROVED": "+", "REJECTED": "x", "REVOKED": "x"}


def add_review(page: TextPage, session: Session, now: datetime) -> None:
    """Status, groups with who decided and when, what is still needed, the window. `now` is in UTC."""
    review = session.fields.review
    page.section("Review")
    if review is None:
        page.text("This session has no review.")
        return
    given, needed = review.approvals
    count = f", {given} of {needed} approvals" if needed else ""
    page.field("status", f"{review.status or 'unknown'}{count}", *_styles(review.status))
    page.field("type", review.type)
    page.field("rule", review.access_request_rule_name)
    page.field("asked", format_moment(review.created_at))
    page.field("may force", ", ".join(review.force_approval_groups or []))
    for group in review.groups:
        page.field(f"{_MARKS.get(group.status or '', 'o')} {group.group or 'a group'}", _decision(group))
    page.field("window", _window(review.time_window, now))
    seconds = review.access_seconds
    page.field("access", None if seconds is None else f"for {format_duration(seconds)}")
    page.field("revoked" if review.status == "REVOKED" else "ends", format_moment(review.revoke_at))
    page.field("reason", review.rejection_reason, "red")
    page.field("id", review.id)
    page.field("other fields", _extras(review))


def _styles(status: str | None) -> list[str]:
    return [STATUS_STYLES[status]] if status in STATUS_STYLES else []


def _decision(group: ReviewGroup) -> str:
    who = group.reviewed_by.display_name if group.reviewed_by else None
    parts = [(group.status or "unknown").lower()]
    if who:
        parts.append(f"by {who}")
    if when := format_moment(group.review_date):
        parts.append(when)
    if group.forced_review:
        parts.append("forced")
    return ", ".join(parts)


def _window(window: TimeWindow | None, now: datetime) -> str | None:
    if window is None:
        return None
    hours = window.hours
    if hours is None:
        return format_pairs(window.configuration) or window.type
    opens, closes = window.seconds_until_open(now), window.seconds_until_close(now)
    state = (
        f"open, closes in {format_duration(closes or 0)}"
        if opens == 0
        else f"shut, opens in {format_duration(opens or 0)}"
    )
    return f"{hours[0]:%H:%M}-{hours[1]:%H:%M} UTC, now {state}"


def _extras(review: Review) -> str | None:
    return format_pairs(review.model_extra)
