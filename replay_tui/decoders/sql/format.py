"""SQL laid out for reading, by sqlparse: it indents and never rewrites, where sqlglot prints another statement."""

from __future__ import annotations

MAX_FORMATTED_CHARS = 20_000
"""Characters beyond which a statement is shown as it was sent."""


def format_sql(sql: str) -> str:
    """`sql` with line breaks and indentation, its words, case and literals unchanged; as it was where that fails."""
    if len(sql) > MAX_FORMATTED_CHARS or not sql.strip():
        return sql
    import sqlparse

    try:
        laid_out = sqlparse.format(sql, reindent=True, strip_whitespace=False)
    except (sqlparse.exceptions.SQLParseError, RecursionError, ValueError, IndexError):
        return sql
    return laid_out if _without_blanks(laid_out) == _without_blanks(sql) else sql


def _without_blanks(text: str) -> str:
    """All that is not blank: what formatting must not change."""
    return "".join(text.split())
