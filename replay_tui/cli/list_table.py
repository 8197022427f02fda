"""A session of the list as a line of fields for scripts, and as a row that fits a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from replay_tui.cli.layout import cells, head
from replay_tui.cli.output import paint
from replay_tui.cli.show_judgement import SEVERITY_STYLES
from replay_tui.cli.show_review import STATUS_STYLES
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_duration

NONE = "-"
NARROW = 110
"""Cells of a terminal below which dates are written without their year."""


def _text(value: object) -> str:
    return sanitize(value).strip() or NONE if value is not None else NONE


def _risk(row: Session) -> str:
    severity = row.severity
    return f"{severity.symbol} {severity.label.upper()}" if severity else NONE


def _review(row: Session) -> str:
    return _text(row.fields.review.status if row.fields.review else None)


def _seconds(row: Session) -> str:
    return NONE if row.wall_clock_seconds is None else f"{row.wall_clock_seconds:.3f}"


LINE: dict[str, Callable[[Session], str]] = {
    "id": lambda row: _text(row.fields.id),
    "start": lambda row: row.fields.start_date.isoformat() if row.fields.start_date else NONE,
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
    offered = COLUMNS if width >= NARROW else SHORT
    texts = {column: [column.value(row) for row in rows] for column in offered}
    columns = [column for column in offered if any(text != NONE for text in texts[column])]
    widths = _widths(columns, texts, width)
    while sum(widths.values()) + 2 * (len(widths) - 1) > width and len(columns) > 1:
        columns.remove(max(columns, key=lambda column: column.rank))
        widths = _widths(columns, texts, width)
    lines = [paint("  ".join(_cell(column.title, widths[column]) for column in columns).rstrip(), "faint")]
    for number, row in enumerate(rows):
        parts = [paint(_cell(texts[column][number], widths[column]), *_styles(column, row)) for column in columns]
        lines.append("  ".join(parts).rstrip())
    return lines


def _widths(columns: Sequence[Column], texts: dict[Column, list[str]], width: int) -> dict[Column, int]:
    """As wide as the texts are, then the widest elastic column narrower until all fit or none can give."""
    made = {column: max(len(column.title), min(max(map(cells, texts[column])), column.most)) for column in columns}
    while sum(made.values()) + 2 * (len(made) - 1) > width:
        elastic = [column for column in columns if column.least and made[column] > column.least]
        if not elastic:
            break
        made[max(elastic, key=lambda column: made[column])] -= 1
    return made


def _cell(text: str, width: int) -> str:
    """Clean text cut or filled to `width` cells."""
    if head(text, width) < len(text):
        text = text[: head(text, width - 1)] + "\u2026"
    return text + " " * (width - cells(text))


def _styles(column: Column, row: Session) -> tuple[str, ...]:
    if column.title == "RISK" and row.severity:
        return tuple(SEVERITY_STYLES[row.severity])
    status = row.fields.review.status if row.fields.review else None
    if column.title == "REVIEW" and status in STATUS_STYLES:
        return (STATUS_STYLES[status],)
    return ("red",) if column.title == "BLOCKED" and row.guardrails else ()


def _when(row: Session, form: str) -> str:
    start = row.fields.start_date
    return start.astimezone(UTC).strftime(form) if start else NONE


def _length(row: Session) -> str:
    if row.wall_clock_seconds is None:
        return "running" if row.is_open else NONE
    return format_duration(max(0.0, row.wall_clock_seconds))


def _size(count: int | None) -> str:
    if count is None:
        return NONE
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its `title`, what it holds, its `rank` (the highest is left out first), and its cells.

    `least` is None for one that is never cut.
    """

    title: str
    value: Callable[[Session], str]
    rank: int
    least: int | None = None
    most: int = 40


COLUMNS = (
    Column("STARTED (UTC)", lambda row: _when(row, "%Y-%m-%d %H:%M"), 1),
    Column("USER", lambda row: _text(row.display_user), 1, 8, 28),
    Column("CONNECTION", lambda row: _text(row.display_connection), 4, 8, 28),
    Column("TYPE", lambda row: _text(row.fields.connection_subtype or row.fields.type), 7, 6, 14),
    Column("VERB", lambda row: _text(row.fields.verb), 8, 4, 10),
    Column("STATUS", lambda row: _text(row.fields.status), 5, 4, 10),
    Column("LENGTH", _length, 6),
    Column("SIZE", lambda row: _size(row.fields.event_size), 9),
    Column("RISK", _risk, 2),
    Column("REVIEW", _review, 3, 8, 12),
    Column("BLOCKED", lambda row: "guardrail" if row.guardrails else NONE, 8),
    Column("ID", lambda row: _text(row.fields.id), 0, None, 128),
)
SHORT = (Column("UTC", lambda row: _when(row, "%m-%d %H:%M"), 1), *COLUMNS[1:])
"""The columns for a narrow terminal."""
