"""Inbox rows: the columns that fit a width, and a session as a line of their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.text import Text

from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize
from replay_tui.presenters import session as shared
from replay_tui.presenters.document import Role, Span
from replay_tui.presenters.session import SessionColumn
from replay_tui.presenters.values import day_and_time
from replay_tui.settings.state_store import SEEN
from replay_tui.ui.section_text import Styles

LEGEND = "✓ reviewed, · seen, # blocked by a guardrail; dates are in local time."


@dataclass(frozen=True, slots=True)
class InboxColumn:
    """A column of `min_cells` to `max_cells`; its cell takes a session and the reviewer's note on it.

    If there is no room, the column with the highest `rank` is dropped first; one with rank 0 never is.
    """

    title: str
    min_cells: int
    max_cells: int
    cell: Callable[[Session, str], Span]
    rank: int = 0
    right: bool = False


def _shared(column: SessionColumn, least: int, most: int, rank: int = 0, *, right: bool = False) -> InboxColumn:
    """Return a column whose title and cells are those of `replay-tui list`."""
    return InboxColumn(column.title, least, most, lambda session, _note: column.cell(session), rank, right)


def _marks(session: Session, note: str) -> Span:
    mark = " " if not note else "·" if note == SEEN else "✓"
    return Span(f"{mark}{'#' if session.guardrails else ' '}", Role.STRONG)


def _started(session: Session, note: str) -> Span:
    start = session.fields.start_date
    return Span(day_and_time(start), Role.MUTED if note or not start else Role.PLAIN)


def _day(session: Session, note: str) -> Span:
    started = _started(session, note)
    return Span(started.text[:6], started.role)


def _about(session: Session, note: str) -> Span:
    """Return the reviewer's note, else the title of the AI analysis, else the guardrail's message, else the ticket."""
    fields = session.fields
    if note and note != SEEN:
        return Span(note, Role.STRONG)
    if fields.ai_analysis and fields.ai_analysis.title:
        return Span(mask_known_secrets(fields.ai_analysis.title), Role.MUTED)
    if session.guardrails:
        return Span(
            mask_known_secrets(session.guardrails[0].message or session.guardrails[0].rule_name or ""), Role.MUTED
        )
    return Span(str((fields.integrations_metadata or {}).get("jira_issue_key") or ""), Role.MUTED)


COLUMNS = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn("started", 12, 12, _started),
    _shared(shared.RISK, 8, 8),
    _shared(shared.REVIEW, 10, 12),
    _shared(shared.USER, 14, 24),
    _shared(shared.CONNECTION, 12, 22),
    _shared(shared.TYPE, 8, 12, 2),
    _shared(shared.VERB, 7, 7, 5),
    _shared(shared.DURATION, 10, 10, 1, right=True),
    _shared(shared.SIZE, 8, 8, 3, right=True),
    _shared(shared.STATUS, 8, 8),
    InboxColumn("about", 28, 200, _about, 4),
)
NARROW = (
    InboxColumn("", 2, 2, _marks),
    InboxColumn("day", 6, 6, _day, 2),
    _shared(shared.RISK, 6, 8),
    _shared(shared.REVIEW, 10, 12),
    _shared(shared.USER, 8, 24),
    _shared(shared.CONNECTION, 8, 22, 1),
    _shared(shared.STATUS, 8, 8),
)
"""Columns for a terminal that is narrower than `COLUMNS` need at least."""
SMALL_GROWTH_CELLS = 4
"""Columns that can grow by at most this many cells get all of it before the others share the rest."""


@lru_cache(maxsize=16)
def layout(width: int) -> tuple[tuple[InboxColumn, int], ...]:
    """Return the columns that fit `width` cells, each with its width; one cell separates two columns."""
    chosen = _fitting(COLUMNS, width)
    if _min_width(chosen) > width:
        chosen = _fitting(NARROW, width)
    spare = max(0, width - _min_width(chosen))
    growing = sorted(chosen, key=lambda column: column.max_cells - column.min_cells)
    widths = {}
    for number, column in enumerate(growing):
        need = column.max_cells - column.min_cells
        more = min(need, spare if need <= SMALL_GROWTH_CELLS else spare // (len(growing) - number))
        spare -= more
        widths[column] = column.min_cells + more
    return tuple((column, widths[column]) for column in chosen)


def _min_width(columns: Sequence[InboxColumn]) -> int:
    return sum(column.min_cells + 1 for column in columns) - 1


def _fitting(columns: Sequence[InboxColumn], width: int) -> list[InboxColumn]:
    """Return the columns that fit, dropping those with the highest rank first."""
    chosen = list(columns)
    while _min_width(chosen) > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    return chosen


def heading(width: int) -> Text:
    """Return the titles of the columns in `width` cells."""
    return _line([(Span(column.title), cells, column.right) for column, cells in layout(width)], {})


def line(session: Session, note: str, width: int, styles: Styles) -> Text:
    """Return a session as a line of `width` cells; `note` is the reviewer's, empty if it was never opened."""
    return _line([(column.cell(session, note), cells, column.right) for column, cells in layout(width)], styles)


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
