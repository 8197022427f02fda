"""Review history: request and decisions in order of time, and the groups that have not decided."""

from __future__ import annotations

from datetime import UTC, datetime

from replay_tui.domain.review import Review, ReviewGroup
from replay_tui.domain.session import Session
from replay_tui.export.report.model import ReportSection, ReportTable
from replay_tui.presenters.document import Item
from replay_tui.presenters.review import review_section
from replay_tui.presenters.values import format_date, with_detail

HEADINGS = ("when", "what", "group", "who")
_LAST = datetime.max.replace(tzinfo=UTC)
"""Sorts behind every date: a decision without one, and groups that have not decided."""


def review_history(session: Session) -> ReportSection:
    """Return the review with a table of what happened when, and no text that depends on the present."""
    review = session.fields.review
    section = ReportSection.of(review_section(review, None, "utc", ran=session.ran_before_decision))
    section.title = "Review history"
    if review is None:
        return section
    section.badge, section.note = None, ""
    section.parts = [part for part in section.parts if not isinstance(part, Item)]
    section.parts.insert(0, ReportTable(HEADINGS, _rows(review, session)))
    return section


def decisions_text(review: Review) -> str:
    """Return who decided, when and for which group, and who has not decided."""
    rows = [row for _, row in sorted(map(_group_row, review.groups), key=lambda one: one[0])]
    return "; ".join(
        f"{what} by {who} for {group}, {when}" if who else f"{what} for {group}" for when, what, group, who in rows
    )


def _rows(review: Review, session: Session) -> list[tuple[str, ...]]:
    fields = session.fields
    who = with_detail(fields.user_name, fields.user) or session.display_user
    requested = review.created_at
    rows = list(map(_group_row, review.groups))
    if requested:
        rows.insert(0, (_sort_key(requested), (_date(requested), "requested", "", who)))
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _group_row(group: ReviewGroup) -> tuple[datetime, tuple[str, str, str, str]]:
    name = group.group or "unnamed group"
    if group.reviewed_by is None and group.status == "PENDING":
        return _LAST, ("not yet", "waiting", name, "")
    what = (group.status or "unknown").lower() + (" (forced)" if group.forced_review else "")
    by = group.reviewed_by
    who = with_detail(by.display_name, by.email) if by else "unknown"
    return _sort_key(group.review_date), (_date(group.review_date) or "date unknown", what, name, who)


def _date(value: object) -> str:
    return value if isinstance(value, str) else format_date(value, "utc")


def _sort_key(value: object) -> datetime:
    if not isinstance(value, datetime):
        return _LAST
    return value if value.tzinfo else value.replace(tzinfo=UTC)
