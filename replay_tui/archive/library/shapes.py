"""Shape of a statement or command: its text with literals replaced, so that equal actions can be counted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay_tui.decoders.sql.tokenizer import NAME, NUMBER, PARAM, STRING, WORD, Token, significant_tokens
from replay_tui.domain.display_text import truncate
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.statement import Statement

MAX_SHAPE_CHARS = 500
MAX_TOKENS = 2000
"""Tokens of a statement that are read; a longer statement has the shape of its beginning."""
_SQL_KINDS = frozenset(("read", "dml", "ddl", "transaction", "admin"))
_TABLE_WORDS = frozenset(("FROM", "JOIN", "INTO", "UPDATE", "TABLE"))
_SKIPPED_WORDS = frozenset(("ONLY", "IF", "NOT", "EXISTS", "LATERAL", "IGNORE"))
_LIST = lazy_compile(r"\?(?: ?, ?\?)+")
_LITERAL = lazy_compile(
    r"""'[^'\n]*'?|"[^"\n]*"?          # quoted
      | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b
      | \b(?=[a-f]*\d)[0-9a-f]{7,}\b   # hashes
      | (?<![A-Za-z_])\d[\w.:]*""",
    re.VERBOSE | re.IGNORECASE,
)
_DIALECTS = {"mysql": "mysql", "mariadb": "mysql", "mssql": "mssql", "sqlserver": "mssql", "oracledb": "oracle"}


def dialect_of(subtype: str | None) -> str:
    """Return the SQL dialect of a connection's subtype."""
    return _DIALECTS.get((subtype or "").lower(), "postgres")


def statement_shape(row: Statement, dialect: str = "postgres") -> tuple[str, tuple[str, ...]]:
    """Return the shape of a statement, and the tables that it names (only for SQL)."""
    if row.kind in _SQL_KINDS:
        tokens = significant_tokens(row.text, dialect, MAX_TOKENS)
        return truncate(_sql_shape(tokens), MAX_SHAPE_CHARS), _tables(tokens)
    text = " ".join(_LITERAL.sub("?", row.text[: 8 * MAX_SHAPE_CHARS]).split())
    return truncate(text, MAX_SHAPE_CHARS), ()


def _sql_shape(tokens: Sequence[Token]) -> str:
    parts = ["?" if one.kind in (STRING, NUMBER, PARAM) else one.text for one in tokens if one.text != ";"]
    return _LIST.sub("?", " ".join(parts))


def _tables(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the names after FROM, JOIN, INTO, UPDATE and TABLE, in lower case unless quoted."""
    found: dict[str, None] = {}
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind != WORD or token.text not in _TABLE_WORDS:
            continue
        while at < len(tokens) and tokens[at].kind == WORD and tokens[at].text in _SKIPPED_WORDS:
            at += 1
        name: list[str] = []
        while at < len(tokens) and tokens[at].kind in (WORD, NAME):
            name.append(tokens[at].text if tokens[at].kind == NAME else tokens[at].text.lower())
            at += 1
            if at >= len(tokens) or tokens[at].text != ".":
                break
            at += 1
        if name and not (at < len(tokens) and tokens[at].text == "(" and token.text == "FROM"):  # a function
            found[truncate(".".join(name), 128)] = None
    return tuple(found)
