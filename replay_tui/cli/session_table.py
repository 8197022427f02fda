"""Session list for the command line: tab-separated fields for scripts, a table for terminals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from replay_tui.cli.output import style
from replay_tui.cli.text_page import ROLE_STYLES, cut_position
from replay_tui.domain.display_text import sanitize, text_width
from replay_tui.domain.session import Session
from replay_tui.presenters import session as shared
from replay_tui.presenters.document import Span
from replay_tui.presenters.session import SessionColumn

NO_VALUE, UNKNOWN = "-", "?"
NARROW_CELLS = 110
"""Width below which dates are written without the year."""


def _text(value: object) -> str:
    return sanitize(value).strip() or NO_VALUE if value is not None else NO_VALUE


def _seconds(row: Session) -> str:
    return NO_VALUE if row.wall_clock_seconds is None else f"{row.wall_clock_seconds:.3f}"


SCRIPT_FIELDS: dict[str, Callable[[Session], str]] = {
    "id": lambda row: _text(row.fields.id),
    "start": lambda row: row.fields.start_date.isoformat() if row.fields.start_date else NO_VALUE,
    "user": lambda row: _text(row.fields.user or row.fields.user_id),
    "connection": lambda row: _text(row.fields.connection),
    "type": lambda row: _text(row.fields.type),
    "verb": lambda row: _text(row.fields.verb),
    "status": lambda row: _text(row.fields.status),
    "seconds": _seconds,
    "bytes": lambda row: _text(row.fields.event_size),
    "risk": lambda row: row.severity.value if row.severity else NO_VALUE if row.is_judged else UNKNOWN,
    "review": lambda row: _text(row.fields.review.status if row.fields.review else None),
    "guardrails": lambda row: str(len(row.guardrails)),
}
"""Fields of a line, in order. Sanitized text holds no tab, so a tab separates them."""


class TableColumn(Struct, frozen=True):
    """A column of the table. The one with the highest `rank` is dropped first; without `min_cells` it is never cut."""

    title: str
    cell: Callable[[Session], Span]
    rank: int
    min_cells: int | None = None
    max_cells: int = 40


def _shared(column: SessionColumn, rank: int, least: int | None = None, most: int = 40) -> TableColumn:
    """Return a column with the cells of the inbox."""
    return TableColumn(column.title.upper(), column.cell, rank, least, most)


def _started(form: str) -> Callable[[Session], Span]:
    def cell(row: Session) -> Span:
        start = row.fields.start_date
        return Span(start.astimezone(UTC).strftime(form) if start else "")

    return cell


TABLE_COLUMNS = (
    TableColumn("STARTED (UTC)", _started("%Y-%m-%d %H:%M"), 1),
    _shared(shared.USER, 1, 8, 28),
    _shared(shared.CONNECTION, 4, 8, 28),
    _shared(shared.TYPE, 7, 6, 14),
    _shared(shared.VERB, 8, 4, 10),
    _shared(shared.STATUS, 5, 4, 10),
    _shared(shared.DURATION, 6),
    _shared(shared.SIZE, 9),
    _shared(shared.RISK, 2),
    _shared(shared.REVIEW, 3, 9, 12),
    _shared(shared.BLOCKED, 8),
    _shared(shared.ID, 0, None, 128),
)
NARROW_COLUMNS = (TableColumn("UTC", _started("%m-%d %H:%M"), 1), *TABLE_COLUMNS[1:])
"""Columns for a narrow terminal."""


def table_lines(rows: Sequence[Session], width: int | None = None, *, now: datetime | None = None) -> list[str]:
    """Return a header and a line for each row, none wider than the terminal unless its id is.

    With `now` the first column is the time since the review was requested, instead of the start of the session.
    """
    width = width or shutil.get_terminal_size((100, 24)).columns
    offered = TABLE_COLUMNS if width >= NARROW_CELLS else NARROW_COLUMNS
    if now is not None:
        offered = (TableColumn("WAITS", lambda row: shared.waiting_time(row, now), 1), *offered[1:])
    cells = {column: [column.cell(row) for row in rows] for column in offered}
    texts = {column: [_text(cell.text) for cell in cells[column]] for column in offered}
    columns = [column for column in offered if any(text != NO_VALUE for text in texts[column])]
    widths = _widths(columns, texts, width)
    while sum(widths.values()) + 2 * (len(widths) - 1) > width and len(columns) > 1:
        columns.remove(max(columns, key=lambda column: column.rank))
        widths = _widths(columns, texts, width)
    lines = [style("  ".join(_fit(column.title, widths[column]) for column in columns).rstrip(), "faint")]
    for number in range(len(rows)):
        parts = [
            style(_fit(texts[column][number], widths[column]), *ROLE_STYLES[cells[column][number].role])
            for column in columns
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def _widths(columns: Sequence[TableColumn], texts: dict[TableColumn, list[str]], width: int) -> dict[TableColumn, int]:
    """Return widths that fit the texts, reducing the widest columns with `min_cells` until all fit if possible."""
    widths = {
        column: max(len(column.title), min(max(map(text_width, texts[column])), column.max_cells)) for column in columns
    }
    while sum(widths.values()) + 2 * (len(widths) - 1) > width:
        elastic = [column for column in columns if column.min_cells and widths[column] > column.min_cells]
        if not elastic:
            break
        widths[max(elastic, key=lambda column: widths[column])] -= 1
    return widths


def _fit(text: str, width: int) -> str:
    """Return sanitized text truncated or padded to `width` cells."""
    if cut_position(text, width) < len(text):
        text = text[: cut_position(text, width - 1)] + "…"
    return text + " " * (width - text_width(text))
