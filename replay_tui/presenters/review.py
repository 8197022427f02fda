"""The review in words: who must agree, who has, and within which hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from replay_tui.domain.review import Review, TimeWindow
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_duration
from replay_tui.presenters.indented_text import IndentedLine
from replay_tui.presenters.text_writer import BAD, GOOD, MUTED, STRONG, WARN, Styles, TextWriter, format_moment

_STATUS = {
    "PENDING": ("◔", WARN), "APPROVED": ("✓", GOOD), "REJECTED": ("✗", BAD), "REVOKED": ("✗", BAD),
    "PROCESSING": ("◔", WARN), "EXECUTED": ("✓", GOOD), "UNKNOWN": ("?", MUTED),
}  # fmt: skip


def status_mark(status: object) -> tuple[str, str]:
    """The sign and the style role of a review status."""
    return _STATUS.get(str(status), ("?", MUTED))


def review_title(review: Review | None) -> str:
    """`Review · ◔ PENDING 1 of 2`, or `Review · none`."""
    if review is None:
        return "Review · none"
    given, needed = review.approvals
    count = f" {given} of {needed}" if review.groups else ""
    return f"Review · {status_mark(review.status)[0]} {sanitize(review.status or 'unknown')}{count}"


def review_text(review: Review | None, styles: Styles, now: datetime) -> list[IndentedLine]:
    """Who must agree, who has, and within which hours. `now` is in UTC."""
    out = TextWriter(styles)
    if review is None:
        out.line(("This session needed no review.", MUTED))
        return out.lines
    needs = f"{review.min_approvals} needed" if review.min_approvals is not None else "all needed"
    out.line((review.access_request_rule_name or "no rule named", STRONG), (f"  {review.type or ''}, {needs}", MUTED))
    for group in review.groups:
        sign, role = status_mark(group.status) if group.reviewed_by or group.status != "PENDING" else ("○", MUTED)
        who = group.reviewed_by.display_name if group.reviewed_by else "waiting"
        if group.reviewed_by and group.reviewed_by.email not in (None, who):
            who = f"{who} {group.reviewed_by.email}"
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
        out.field("access for", format_duration(review.access_seconds))
    out.field("asked", format_moment(review.created_at, "utc"))
    out.field("revoked at" if review.status == "REVOKED" else "access ends", format_moment(review.revoke_at, "utc"))
    out.field("rejected", review.rejection_reason, BAD)
    out.field("review id", review.id, MUTED)
    return out.lines


def _window(out: TextWriter, window: TimeWindow, now: datetime) -> None:
    hours = window.hours
    if hours is None:
        out.field("window", "unreadable")
        return
    opens, closes = window.seconds_until_open(now), window.seconds_until_close(now)
    text = f"{hours[0]:%H:%M}-{hours[1]:%H:%M} UTC"
    state = (
        f"open now, {_rough_duration(closes)} left"
        if closes is not None
        else f"closed, opens in {_rough_duration(opens or 0)}"
    )
    out.field("window", text)
    out.line((state, GOOD if closes is not None else WARN), lead=" " * len("window  "), hang=0)


def _rough_duration(seconds: float) -> str:
    whole = timedelta(seconds=int(seconds))
    hours, minutes = whole.seconds // 3600, whole.seconds // 60 % 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
