"""Statistics: statements and commands by user, connection, table, hour of the day or statement shape."""

from __future__ import annotations

from typing import NamedTuple

from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.selection import Selection
from replay_tui.archive.library.source_states import count_not_added
from replay_tui.domain.completeness import Coverage

_KEYS = {
    "user": "sessions.user",
    "connection": "sessions.connection",
    "table": "shape_tables.name",
    "hour": "printf('%02d:00', usage.hour % 24)",
    "statement": "shapes.shape",
}
GROUPS = tuple(_KEYS)


class StatsRow(NamedTuple):
    """Numbers of statements and shell commands for one `value`; `first` and `last` use in seconds since 1970."""

    value: str
    statements: int
    commands: int
    sessions: int
    first: float | None
    last: float | None


def count_usage(library: Library, by: str, selection: Selection, limit: int) -> list[StatsRow]:
    """Return the `limit` rows with the most uses. Statements that were typed and deleted do not count."""
    where, values = selection.where()
    if by == "hour":
        where += " AND usage.hour IS NOT NULL"
    tables = " JOIN shape_tables ON shape_tables.shape = usage.shape" if by == "table" else ""
    query = (
        f"SELECT {_KEYS[by]} AS value, total(CASE WHEN shapes.kind = 'shell' THEN 0 ELSE uses END),"
        " total(CASE WHEN shapes.kind = 'shell' THEN uses ELSE 0 END), count(DISTINCT usage.session),"
        " min(sessions.start + usage.first), max(sessions.start + usage.last)"
        f" FROM usage JOIN sessions ON sessions.n = usage.session JOIN shapes ON shapes.n = usage.shape{tables}"
        f" WHERE {where} GROUP BY value ORDER BY total(uses) DESC, value LIMIT ?"
    )
    with mapped_errors(library.database_path):
        rows = library.connection.execute(query, [*values, limit]).fetchall()
    found = [StatsRow(str(row[0]), int(row[1]), int(row[2]), *row[3:]) for row in rows]
    return sorted(found, key=lambda row: row.value) if by == "hour" else found


def counted_sessions(library: Library, selection: Selection) -> Coverage:
    """Return how many of the selected sessions were counted completely, and why others were not."""
    where, values = selection.where()
    coverage = Coverage()
    with mapped_errors(library.database_path):
        query = f"SELECT gap, count(*) FROM sessions WHERE {where} GROUP BY gap"
        for gap, count in library.connection.execute(query, values).fetchall():
            coverage.add(gap, count)
        count_not_added(library.connection, coverage)
    return coverage
