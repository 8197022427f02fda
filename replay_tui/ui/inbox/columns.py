"""Inbox rows: the columns that fit a width, and a session as a line of their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace
from rich.text import Text

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.session import Session
from replay_tui.presenters import session as shared
from replay_tui.presenters.document import Role, Span
from replay_tui.presenters.session import SessionColumn
from replay_tui.presenters.values import day_and_time
from replay_tui.settings.state_store import SEEN
from replay_tui.ui.inbox.orders import STARTED, Order
from replay_tui.ui.inbox.rows import InboxRow, InboxTab
from replay_tui.ui.section_text import Styles

LEGEND = (
    "✓ reviewed, · seen, # blocked by a guardrail, ? risk not read yet; dates are in local time; find. and stmt.: "
    "findings and statements of sessions in the library."
)


class InboxColumn(Struct, frozen=True):
    """A column of `min_cells` to `max_cells`; its cell takes a row, the reviewer's note on it, and the current time.

    If there is no room, the column with the highest `rank` is dropped first; one with rank 0 never is.
    """

    title: str
    min_cells: int
    max_cells: int
    cell: Callable[[InboxRow, str, datetime], Span]
    rank: int = 0
    right: bool = False


def _shared(column: SessionColumn, least: int, most: int, rank: int = 0, *, right: bool = False) -> InboxColumn:
    """Return a column whose title and cells are those of `replay-tui list`."""
    return InboxColumn(column.title, least, most, lambda row, _note, _now: column.cell(row.session), rank, right)


def _marks(row: InboxRow, note: str, _now: datetime) -> Span:
    mark = " " if not note else "·" if note == SEEN else "✓"
    return Span(f"{mark}{'#' if row.session.guardrails else ' '}", Role.STRONG)


def _started(row: InboxRow, note: str, _now: datetime) -> Span:
    start = row.session.fields.start_date
    return Span(day_and_time(start), Role.MUTED if note or not start else Role.PLAIN)


def _day(row: InboxRow, note: str, now: datetime) -> Span:
    started = _started(row, note, now)
    return Span(started.text[:6], started.role)


def _waits(row: InboxRow, _note: str, now: datetime) -> Span:
    return shared.waiting_time(row.session, now)


def _risk(row: InboxRow, _note: str, _now: datetime) -> Span:
    if row.is_unreadable and not row.session.severity:
        return Span("? unread", Role.WARN)
    return shared.RISK.cell(row.session)


def _what(row: InboxRow, note: str, _now: datetime) -> Span:
    """Return the reviewer's note, else what the session did, else its ticket."""
    if note and note != SEEN:
        return Span(note, Role.STRONG)
    ticket = (row.session.fields.integrations_metadata or {}).get("jira_issue_key")
    return Span(mask_known_secrets(row.what or what_is_listed(row.session) or str(ticket or "")))


def _archived(row: InboxRow, _note: str, _now: datetime) -> Span:
    counts = row.archived
    return Span("" if counts is None else f"{counts.findings:>5,} {counts.statements:>5,}", Role.MUTED)


def what_is_listed(session: Session) -> str:
    """Return what the list itself tells about what a session did: the title of the AI analysis, or the guardrail."""
    fields = session.fields
    if fields.ai_analysis and fields.ai_analysis.title:
        return fields.ai_analysis.title
    return (session.guardrails[0].rule_name or session.guardrails[0].message or "") if session.guardrails else ""


_ARCHIVED = InboxColumn("find. stmt.", 11, 11, _archived, 1, right=True)
"""Is shown if the library has any of the listed sessions."""
_WAITS = InboxColumn(STARTED, 9, 12, _waits)
_WAITS_NARROW = replace(_WAITS, rank=1)
_RISK = InboxColumn("risk", 9, 9, _risk)
COLUMNS = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn(STARTED, 12, 12, _started),
    _RISK,
    _shared(shared.REVIEW, 10, 12),
    _shared(shared.USER, 12, 22),
    _shared(shared.CONNECTION, 10, 20),
    InboxColumn("what", 28, 200, _what),
    _shared(shared.TYPE, 8, 12, 3),
    _shared(shared.VERB, 7, 7, 5),
    _shared(shared.DURATION, 11, 11, 1, right=True),
    _ARCHIVED,
    _shared(shared.SIZE, 8, 8, 4, right=True),
    _shared(shared.STATUS, 8, 8, 2),
)
NARROW = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn(STARTED, 6, 6, _day, 3),
    _RISK,
    _shared(shared.REVIEW, 10, 10),
    _shared(shared.USER, 8, 12, 1),
    _shared(shared.CONNECTION, 10, 12, 2),
    InboxColumn("what", 14, 200, _what),
    _shared(shared.STATUS, 8, 8, 4),
    replace(_ARCHIVED, rank=4),
)
"""Columns for a terminal that is narrower than `COLUMNS` need at least."""
SMALL_GROWTH_CELLS = 4
"""Columns that can grow by at most this many cells get all of it before the others share the rest."""


@lru_cache(maxsize=16)
def layout(width: int, view: InboxTab = InboxTab.ALL, *, archived: bool = False) -> tuple[tuple[InboxColumn, int], ...]:
    """Return the columns of a view that fit `width` cells, each with its width; one cell separates two columns.

    `archived` is True if the library has any of the sessions.
    """
    chosen = _fitting(_of_view(COLUMNS, view, archived), width)
    if _min_width(chosen) > width:
        chosen = _fitting(_of_view(NARROW, view, archived), width)
    spare = max(0, width - _min_width(chosen))
    growing = sorted(chosen, key=lambda column: column.max_cells - column.min_cells)
    widths = {}
    for number, column in enumerate(growing):
        need = column.max_cells - column.min_cells
        more = min(need, spare if need <= SMALL_GROWTH_CELLS else spare // (len(growing) - number))
        spare -= more
        widths[column] = column.min_cells + more
    return tuple((column, widths[column]) for column in chosen)


def _of_view(columns: Sequence[InboxColumn], view: InboxTab, archived: bool) -> list[InboxColumn]:
    """Return the columns; in the view of waiting sessions the age replaces the start."""
    waits = _WAITS_NARROW if columns is NARROW else _WAITS
    shown = [column for column in columns if archived or column.cell is not _archived]
    return [waits if view is InboxTab.MINE and column.title == STARTED else column for column in shown]


def column_at(x: int, width: int, view: InboxTab, *, archived: bool = False) -> str:
    """Return the title of the column at a cell."""
    end = 0
    for column, cells in layout(width, view, archived=archived):
        end += cells + 1
        if x < end:
            return column.title
    return ""


def _min_width(columns: Sequence[InboxColumn]) -> int:
    return sum(column.min_cells + 1 for column in columns) - 1


def _fitting(columns: Sequence[InboxColumn], width: int) -> list[InboxColumn]:
    """Return the columns that fit, dropping those with the highest rank first."""
    chosen = list(columns)
    while _min_width(chosen) > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    return chosen


def heading(width: int, view: InboxTab, order: Order, *, archived: bool = False) -> Text:
    """Return the titles of the columns in `width` cells, with the direction of the `order` at its column."""

    def title(column: InboxColumn, cells: int) -> str:
        name = ("waits" if column.cell is _waits else "day" if column.cell is _day else column.title)[:cells]
        mark = f"{order.mark}" if column.title == order.column else ""
        return f"{name[: max(1, cells - 2)]} {mark}" if mark else name

    chosen = layout(width, view, archived=archived)
    return _line([(Span(title(column, cells)), cells, column.right) for column, cells in chosen], {})


def line(
    row: InboxRow, note: str, width: int, styles: Styles, view: InboxTab, now: datetime, *, archived: bool = False
) -> Text:
    """Return a session as a line of `width` cells; `note` is the reviewer's, empty if it was never opened."""
    chosen = layout(width, view, archived=archived)
    cells = [(column.cell(row, note, now), cells, column.right) for column, cells in chosen]
    return _line(cells, styles)


def _line(cells: Sequence[tuple[Span, int, bool]], styles: Styles) -> Text:
    whole = Text(no_wrap=True, end="")
    for at, (cell, width, right) in enumerate(cells):
        text = Text(sanitize(cell.text[: 4 * width]), styles.get(cell.role, ""), no_wrap=True, end="")
        text.truncate(width, overflow="ellipsis", pad=not right)
        if right:
            text.pad_left(width - text.cell_len)
        whole.append(" " if at else "")
        whole.append_text(text)
    return whole
