"""A session of the list as one line: the columns that fit a width, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.text import Text

from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_duration
from replay_tui.presenters import Styles, badge, status_mark
from replay_tui.presenters.text_writer import BAD, MUTED, STRONG, WARN
from replay_tui.presenters.wall_clock import day_and_time
from replay_tui.settings.state_store import SEEN

LEGEND = "✓ reviewed, · seen, # stopped by a guardrail; dates are in your own time zone."
Part = tuple[str, str]
"""Foreign text that is still to be cleaned, and the role of its style."""


@dataclass(frozen=True, slots=True)
class InboxColumn:
    """`least` to `most` cells wide; one with a `rank` is left out, the highest first, where there is no room for it."""

    title: str
    min_cells: int
    max_cells: int
    cell: Callable[[Session, str], Part]
    rank: int = 0
    right: bool = False


def _marks(session: Session, note: str) -> Part:
    mark = " " if not note else "·" if note == SEEN else "✓"
    return f"{mark}{'#' if session.guardrails else ' '}", STRONG


def _when(session: Session, note: str) -> Part:
    start = session.fields.start_date
    return day_and_time(start), MUTED if note or not start else ""


def _day(session: Session, note: str) -> Part:
    when, role = _when(session, note)
    return when[:6], role


def _risk(session: Session, _note: str) -> Part:
    severity = session.severity
    role = {Severity.HIGH: BAD, Severity.MEDIUM: WARN}.get(severity, MUTED) if severity else MUTED
    return badge(severity) if severity else "", role


def _review(session: Session, _note: str) -> Part:
    review = session.fields.review
    if review is None:
        return "", ""
    sign, role = status_mark(review.status)
    return f"{sign} {(review.status or 'unknown').lower()}", role


def _who(session: Session, _note: str) -> Part:
    return session.display_user, ""


def _connection(session: Session, _note: str) -> Part:
    return session.display_connection, ""


def _status(session: Session, _note: str) -> Part:
    if session.is_open:
        return "running", WARN
    if session.fields.exit_code not in (None, 0):
        return f"exit {session.fields.exit_code}", BAD
    return session.fields.status or "", MUTED


def _duration(session: Session, _note: str) -> Part:
    seconds = session.wall_clock_seconds
    return format_duration(max(0.0, seconds)) if seconds is not None else "", MUTED


def _size(session: Session, _note: str) -> Part:
    size = float(session.fields.event_size or 0)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size else "", MUTED
        size /= 1024
    return f"{size:.1f} GiB", MUTED


def _about(session: Session, note: str) -> Part:
    """The reviewer's note, else what the AI or a guardrail said, else the ticket."""
    fields = session.fields
    if note and note != SEEN:
        return note, STRONG
    if fields.ai_analysis and fields.ai_analysis.title:
        return fields.ai_analysis.title, MUTED
    if session.guardrails:
        return session.guardrails[0].message or session.guardrails[0].rule_name or "", MUTED
    return str((fields.integrations_metadata or {}).get("jira_issue_key") or ""), MUTED


COLUMNS = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn("when", 12, 12, _when),
    InboxColumn("risk", 8, 8, _risk),
    InboxColumn("review", 10, 12, _review),
    InboxColumn("who", 14, 24, _who),
    InboxColumn("connection", 12, 22, _connection),
    InboxColumn("type", 8, 12, lambda one, _: (one.fields.connection_subtype or one.fields.type or "", MUTED), 2),
    InboxColumn("verb", 7, 7, lambda session, _: (session.fields.verb or "", MUTED), 5),
    InboxColumn("took", 10, 10, _duration, 1, right=True),
    InboxColumn("size", 8, 8, _size, 3, right=True),
    InboxColumn("status", 8, 8, _status),
    InboxColumn("about", 28, 200, _about, 4),
)
NARROW = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn("when", 6, 6, _day, 2),
    InboxColumn("risk", 6, 8, _risk),
    InboxColumn("review", 10, 12, _review),
    InboxColumn("who", 8, 24, _who),
    InboxColumn("connection", 8, 22, _connection, 1),
    InboxColumn("status", 8, 8, _status),
)
"""The columns where there is no room for what `COLUMNS` must have."""
SMALL_GROWTH_CELLS = 4
"""Cells up to which a column gets all that it may grow by, before the larger ones share what is left."""


@lru_cache(maxsize=16)
def layout(width: int) -> tuple[tuple[InboxColumn, int], ...]:
    """The columns that fit `width` cells, each with its own width; one cell stands between two."""
    chosen = _fitting(COLUMNS, width)
    if _least(chosen) > width:
        chosen = _fitting(NARROW, width)
    spare = max(0, width - _least(chosen))
    growing = sorted(chosen, key=lambda column: column.max_cells - column.min_cells)
    widths = {}
    for number, column in enumerate(growing):
        need = column.max_cells - column.min_cells
        more = min(need, spare if need <= SMALL_GROWTH_CELLS else spare // (len(growing) - number))
        spare -= more
        widths[column] = column.min_cells + more
    return tuple((column, widths[column]) for column in chosen)


def _least(columns: Sequence[InboxColumn]) -> int:
    return sum(column.min_cells + 1 for column in columns) - 1


def _fitting(columns: Sequence[InboxColumn], width: int) -> list[InboxColumn]:
    """The columns without those that can be spared, as far as that is needed."""
    chosen = list(columns)
    while _least(chosen) > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    return chosen


def heading(width: int) -> Text:
    """The titles of the columns."""
    return _line([(column.title, "", cells, column.right) for column, cells in layout(width)], {})


def line(session: Session, note: str, width: int, styles: Styles) -> Text:
    """A session as a line; `note` is the reviewer's, empty for one that was never opened."""
    return _line([(*column.cell(session, note), cells, column.right) for column, cells in layout(width)], styles)


def _line(cells: Sequence[tuple[str, str, int, bool]], styles: Styles) -> Text:
    whole = Text(no_wrap=True, end="")
    for at, (value, role, width, right) in enumerate(cells):
        text = Text(sanitize(value[: 4 * width]), styles.get(role, ""), no_wrap=True, end="")
        text.truncate(width, overflow="ellipsis", pad=not right)
        if right:
            text.pad_left(width - text.cell_len)
        whole.append(" " if at else "")
        whole.append_text(text)
    return whole
