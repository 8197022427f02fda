"""SQL tokenizer for several dialects that accepts any text, including incomplete statements, in linear time.

Lexical rules: PostgreSQL manual 4.1 (nested comments, dollar quotes, `E''`), MySQL (backslashes, backquotes, `#`,
`/*! executed comments */`), SQL Server (brackets), Oracle (`q'[…]'`). Unfinished strings and comments end with the
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from replay_tui.domain.lazy_regex import lazy_compile

COMMENT, STRING, NAME, WORD, NUMBER, PARAM, OPERATOR, SEMICOLON = (
    "comment", "string", "name", "word", "number", "param", "operator", "semicolon",
)  # fmt: skip


class Token(NamedTuple):
    """A piece of SQL: `kind`, `text` (words in capitals, quoted names unquoted), `start` and `end` in characters."""

    kind: str
    text: str
    start: int
    end: int


_PLAIN_STRING = r"'[^']*+(?:''[^']*+)*+(?:'|\Z)"
_BACKSLASH_STRING = r"'(?:[^'\\]++|\\.|''|\\\Z)*+(?:'|\Z)"
_DOUBLE = r'"[^"]*+(?:""[^"]*+)*+(?:"|\Z)'
_COMMON = r"""
    (?P<space>\s++)
  | (?P<comment>--[^\n]*+{hash})
  | (?P<block>/\*)
  {special}
  | (?P<string>{string})
  | (?P<name>{name})
  | (?P<param>\$\d++|:[A-Za-z_]\w*+|@@?\w++|\?)
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff]\w*+)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*+)
  | (?P<number>\d[\w.]*+)
  | (?P<semicolon>;)
  | (?P<operator>::|.)
"""


_LEXICAL = {
    "postgres": {"string": rf"[eE]{_BACKSLASH_STRING}|{_PLAIN_STRING}", "name": _DOUBLE},
    "mysql": {
        "string": _BACKSLASH_STRING + r'|"(?:[^"\\]++|\\.|""|\\\Z)*+(?:"|\Z)',
        "name": r"`[^`]*+(?:``[^`]*+)*+(?:`|\Z)",
        "hash": r"|\#[^\n]*+",
        "special": r"| (?P<executed>\*/)",
    },
    "mssql": {"string": _PLAIN_STRING, "name": _DOUBLE + r"|\[[^\]]*+(?:\]\][^\]]*+)*+(?:\]|\Z)"},
    "oracle": {"string": _PLAIN_STRING, "name": _DOUBLE, "special": r"| (?P<quoted>[nN]?[qQ]'\S)"},
}
_NESTING = lazy_compile(r"/\*|\*/")
_EXECUTED = lazy_compile(r"/\*(?:!|M!)\d*")


@cache
def _grammar(dialect: str) -> re.Pattern[str]:
    """Return the token pattern of a dialect, compiled on demand: compiling all of them at start takes 13 ms."""
    parts = {"hash": "", "special": "", **_LEXICAL.get(dialect, _LEXICAL["postgres"])}
    return re.compile(_COMMON.format(**parts), re.VERBOSE | re.DOTALL)


def tokenize(sql: str, dialect: str = "postgres", start: int = 0) -> Iterator[Token]:
    """Yield tokens from `start` on, including comments, without blanks. Dialects: postgres, mysql, mssql, oracle."""
    match_at = _grammar(dialect).match
    at, size = start, len(sql)
    while at < size:
        found = match_at(sql, at)
        if found is None:  # unreachable: the last alternative matches any character
            return
        kind, end = str(found.lastgroup), found.end()
        if kind == "block":
            executed = _EXECUTED.match(sql, at) if dialect == "mysql" else None
            if executed:  # MySQL executes its content: only the delimiters are skipped
                at = executed.end()
                continue
            end = _comment_end(sql, at, nested=dialect in ("postgres", "mssql"))
            yield Token(COMMENT, "", at, end)
        elif kind == "dollar":
            end = _dollar_end(sql, found[0], end) if dialect == "postgres" else end
            yield Token(STRING if dialect == "postgres" else OPERATOR, sql[at:end], at, end)
        elif kind == "quoted":
            end = _alternative_end(sql, end)
            yield Token(STRING, sql[at:end], at, end)
        elif kind == "word":
            yield Token(WORD, found[0].upper(), at, end)
        elif kind == "name":
            yield Token(NAME, _unquoted(found[0]), at, end)
        elif kind not in ("space", "executed"):
            yield Token(kind, found[0], at, end)
        at = end


def significant_tokens(sql: str, dialect: str = "postgres", limit: int = 20_000) -> list[Token]:
    """Return the first `limit` tokens without comments."""
    found: list[Token] = []
    for token in tokenize(sql, dialect):
        if token.kind != COMMENT:
            found.append(token)
            if len(found) >= limit:
                break
    return found


def _comment_end(sql: str, start: int, *, nested: bool) -> int:
    if not nested:
        end = sql.find("*/", start + 2)
        return len(sql) if end < 0 else end + 2
    depth, at = 0, start
    while found := _NESTING.search(sql, at):
        at = found.end()
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return at
    return len(sql)


def _alternative_end(sql: str, start: int) -> int:
    """Return the end of an Oracle literal such as `q'[it's]'`, whose delimiter is the character before `start`."""
    closing = {"[": "]", "{": "}", "<": ">", "(": ")"}.get(sql[start - 1], sql[start - 1]) + "'"
    end = sql.find(closing, start)
    return len(sql) if end < 0 else end + len(closing)


def _dollar_end(sql: str, quote: str, start: int) -> int:
    end = sql.find(quote, start)
    return len(sql) if end < 0 else end + len(quote)


def _unquoted(name: str) -> str:
    opening = name[0]
    closing = "]" if opening == "[" else opening
    inner = name[1:-1] if len(name) > 1 and name.endswith(closing) else name[1:]
    return inner.replace(closing * 2, closing)
