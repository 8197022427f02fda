"""SQL formatting with sqlparse, which only changes white space; sqlglot prints a different statement."""

from __future__ import annotations

MAX_FORMATTED_CHARS = 20_000
"""Longer statements are not formatted."""


def format_sql(sql: str) -> str:
    """Return `sql` with line breaks and indentation, otherwise unchanged; `sql` itself if formatting fails."""
    if len(sql) > MAX_FORMATTED_CHARS or not sql.strip():
        return sql
    import sqlparse

    try:
        formatted = sqlparse.format(sql, reindent=True, strip_whitespace=False)
    except (sqlparse.exceptions.SQLParseError, RecursionError, ValueError, IndexError):
        return sql
    return formatted if _without_blanks(formatted) == _without_blanks(sql) else sql


def _without_blanks(text: str) -> str:
    """Return `text` without white space, which is all that formatting may change."""
    return "".join(text.split())
