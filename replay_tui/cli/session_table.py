"""A session of the list as a line of fields for scripts, and as a row that fits a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from replay_tui.cli.output import style
from replay_tui.cli.show_review import STATUS_STYLES
from replay_tui.cli.show_risk import SEVERITY_STYLES
from replay_tui.cli.text_page import cut_position
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize, text_width
from replay_tui.domain.time_format import format_duration

NO_VALUE = "-"
NARROW_CELLS = 110
"""Cells of a terminal below which dates are written without their year."""


def _text(value: object) -> str:
    return sanitize(value).strip() or NO_VALUE if value is not None else NO_VALUE


def _risk(row: Session) -> str:
    severity = row.severity
    return f"{severity.symbol} {severity.label.upper()}" if severity else NO_VALUE


def _review(row: Session) -> str:
    return _text(row.fields.review.status if row.fields.review else None)


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
    "risk": lambda row: _text(row.severity.value if row.severity else None),
    "review": _review,
    "guardrails": lambda row: str(len(row.guardrails)),
}
"""The fields of a line, in their order. Clean text holds no tab, so that a tab separates them."""


def table_lines(rows: Sequence[Session], width: int | None = None) -> list[str]:
    """A header and a line for each row, none wider than the terminal as far as ids allow."""
    width = width or shutil.get_terminal_size((100, 24)).columns
    offered = TABLE_COLUMNS if width >= NARROW_CELLS else NARROW_COLUMNS
    texts = {column: [column.value(row) for row in rows] for column in offered}
    columns = [column for column in offered if any(text != NO_VALUE for text in texts[column])]
    widths = _widths(columns, texts, width)
    while sum(widths.values()) + 2 * (len(widths) - 1) > width and len(columns) > 1:
        columns.remove(max(columns, key=lambda column: column.rank))
        widths = _widths(columns, texts, width)
    lines = [style("  ".join(_cell(column.title, widths[column]) for column in columns).rstrip(), "faint")]
    for number, row in enumerate(rows):
        parts = [style(_cell(texts[column][number], widths[column]), *_styles(column, row)) for column in columns]
        lines.append("  ".join(parts).rstrip())
    return lines


def _widths(columns: Sequence[TableColumn], texts: dict[TableColumn, list[str]], width: int) -> dict[TableColumn, int]:
    """As wide as the texts are, then the widest elastic column narrower until all fit or none can give."""
    made = {
        column: max(len(column.title), min(max(map(text_width, texts[column])), column.max_cells)) for column in columns
    }
    while sum(made.values()) + 2 * (len(made) - 1) > width:
        elastic = [column for column in columns if column.min_cells and made[column] > column.min_cells]
        if not elastic:
            break
        made[max(elastic, key=lambda column: made[column])] -= 1
    return made


def _cell(text: str, width: int) -> str:
    """Clean text cut or filled to `width` cells."""
    if cut_position(text, width) < len(text):
        text = text[: cut_position(text, width - 1)] + "\u2026"
    return text + " " * (width - text_width(text))


def _styles(column: TableColumn, row: Session) -> tuple[str, ...]:
    if column.title == "RISK" and row.severity:
        return tuple(SEVERITY_STYLES[row.severity])
    status = row.fields.review.status if row.fields.review else None
    if column.title == "REVIEW" and status in STATUS_STYLES:
        return (STATUS_STYLES[status],)
    return ("red",) if column.title == "BLOCKED" and row.guardrails else ()


def _when(row: Session, form: str) -> str:
    start = row.fields.start_date
    return start.astimezone(UTC).strftime(form) if start else NO_VALUE


def _length(row: Session) -> str:
    if row.wall_clock_seconds is None:
        return "running" if row.is_open else NO_VALUE
    return format_duration(max(0.0, row.wall_clock_seconds))


def _size(count: int | None) -> str:
    if count is None:
        return NO_VALUE
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its `title`, what it holds, its `rank` (the highest is left out first), and its cells.

    `least` is None for one that is never cut.
    """

    title: str
    value: Callable[[Session], str]
    rank: int
    min_cells: int | None = None
    max_cells: int = 40


TABLE_COLUMNS = (
    TableColumn("STARTED (UTC)", lambda row: _when(row, "%Y-%m-%d %H:%M"), 1),
    TableColumn("USER", lambda row: _text(row.display_user), 1, 8, 28),
    TableColumn("CONNECTION", lambda row: _text(row.display_connection), 4, 8, 28),
    TableColumn("TYPE", lambda row: _text(row.fields.connection_subtype or row.fields.type), 7, 6, 14),
    TableColumn("VERB", lambda row: _text(row.fields.verb), 8, 4, 10),
    TableColumn("STATUS", lambda row: _text(row.fields.status), 5, 4, 10),
    TableColumn("LENGTH", _length, 6),
    TableColumn("SIZE", lambda row: _size(row.fields.event_size), 9),
    TableColumn("RISK", _risk, 2),
    TableColumn("REVIEW", _review, 3, 8, 12),
    TableColumn("BLOCKED", lambda row: "guardrail" if row.guardrails else NO_VALUE, 8),
    TableColumn("ID", lambda row: _text(row.fields.id), 0, None, 128),
)
NARROW_COLUMNS = (TableColumn("UTC", lambda row: _when(row, "%m-%d %H:%M"), 1), *TABLE_COLUMNS[1:])
"""The columns for a narrow terminal."""
