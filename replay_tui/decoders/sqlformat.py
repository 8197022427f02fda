"""SQL laid out for reading, by sqlparse: it indents and never rewrites, where sqlglot prints another statement."""

from __future__ import annotations

LONGEST = 20_000
"""Characters beyond which a statement is shown as it was sent."""


def formatted(sql: str) -> str:
    """`sql` with line breaks and indentation, its words, case and literals unchanged; as it was where that fails."""
    if len(sql) > LONGEST or not sql.strip():
        return sql
    import sqlparse

    try:
        laid_out = sqlparse.format(sql, reindent=True, strip_whitespace=False)
    except (sqlparse.exceptions.SQLParseError, RecursionError, ValueError, IndexError):
        return sql
    return laid_out if _ink(laid_out) == _ink(sql) else sql


def _ink(text: str) -> str:
    """All that is not blank: what formatting must not change."""
    return "".join(text.split())
