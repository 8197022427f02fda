"""Statements inside SQL statements: bodies of blocks and routines, and literals that are executed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay_tui.decoders.sql.tokenizer import NAME, OPERATOR, PARAM, STRING, WORD, Token
from replay_tui.domain.lazy_regex import lazy_compile

MAX_NESTED = 40
MAX_VARIABLES, MAX_VARIABLE_CHARS = 100, 20_000
_VERBS = frozenset((
    "DROP", "DELETE", "UPDATE", "TRUNCATE", "ALTER", "GRANT", "REVOKE", "CREATE", "MERGE", "COPY", "SET", "EXECUTE",
    "EXEC", "INSERT", "SHUTDOWN", "KILL", "BACKUP", "RESTORE", "PERFORM", "CALL", "SELECT", "DENY", "DISABLE", "LOAD",
    "RESET", "PURGE", "NOAUDIT", "REASSIGN", "WITH", "REPLACE", "RENAME",
))  # fmt: skip
_HEADS = frozenset((";", "BEGIN", "THEN", "ELSE", "LOOP", "ATOMIC", "AS", "IS", "DO", ")", "IMMEDIATE", "DEFINER",
                    "INVOKER", "DETERMINISTIC", "DATA", "SQL", "ROW"))  # fmt: skip
_CREATING = frozenset(("FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "EVENT", "PACKAGE", "JOB"))
_EXECUTING = frozenset(("EXECUTE", "EXEC", "SP_EXECUTESQL", "PARSE", "DBLINK_EXEC", "OPENQUERY", "SCHEDULE", "SUBMIT",
                        "CREATE_JOB", "SP_ADD_JOBSTEP", "DBLINK", "QUERY_TO_XML", "DBLINK_SEND_QUERY",
                        "SP_MSFOREACHTABLE", "SP_MSFOREACHDB", "SP_PREPARE", "SP_PREPEXEC",
                        "SP_EXECUTE_EXTERNAL_SCRIPT"))  # fmt: skip
_SQL_TEXT = lazy_compile(
    r"\s*(?:/\*.*?\*/\s*)?(?:" + "|".join(sorted(_VERBS)) + r"|BEGIN|DECLARE|XP_CMDSHELL|NOAUDIT|PURGE|COPY)\b",
    re.IGNORECASE | re.DOTALL,
)


def nested_texts(text: str, tokens: Sequence[Token], dialect: str) -> list[str]:
    """Return the texts inside a statement that are executed, or will be when a routine is called."""
    words = [token.text if token.kind == WORD else "" for token in tokens]
    head = next((word for word in words if word), "")
    found: list[str] = []
    is_routine = head in ("CREATE", "ALTER") and bool(_CREATING.intersection(words[1:12]))
    if head in ("DO", "PREPARE") or is_routine or _EXECUTING.intersection(words):
        found += _literals(tokens, words, head, dialect, is_routine=is_routine)
    is_block = head in ("BEGIN", "DECLARE", "IF", "WHILE", "PREPARE") or is_routine
    if is_block:
        found += _statements(text, tokens, words, head, dialect)
    return found[:MAX_NESTED]


def _literals(tokens: Sequence[Token], words: Sequence[str], head: str, dialect: str, *, is_routine: bool) -> list[str]:
    """Return the literals that are executed. A variable may hold any of them."""
    executes = head in ("DO", "PREPARE")
    found: list[str] = []
    bodies: list[str] = []
    for at, token in enumerate(tokens):
        if token.kind == WORD and token.text in _EXECUTING and head != "GRANT":
            if token.text in ("EXECUTE", "EXEC") and _calls_procedure(tokens, at, dialect):
                continue
            following = tokens[at + 1 : at + 4]
            if token.text in ("EXECUTE", "EXEC") and following and following[0].kind == WORD and len(following) > 1:
                is_call = following[0].text not in ("IMMEDIATE", "FORMAT", "N", "Q") and following[1].text == "("
                executes = executes or not is_call or "SP_EXECUTESQL" in words
            else:
                executes = True
        if token.kind == STRING and not (at and _concatenates(tokens, at)):
            inner = _joined_literal(tokens, at)
            if not _SQL_TEXT.match(inner):
                continue
            found.append(inner)
            if is_routine and at and (words[at - 1] == "AS" or token.text.startswith("$")):
                bodies.append(inner)
    return found if executes else bodies


def _calls_procedure(tokens: Sequence[Token], at: int, dialect: str) -> bool:
    """Return True if the EXEC at `at` calls a procedure by its name; its arguments are only values."""
    if dialect != "mssql" or at + 1 >= len(tokens):
        return False
    names = at + 1
    while names < len(tokens) and (tokens[names].kind in (WORD, NAME) or tokens[names].text == "."):
        if names > at + 1 and tokens[names].text != "." and tokens[names - 1].text != ".":
            break
        names += 1
    return names > at + 1 and tokens[names - 1].text.upper() not in _EXECUTING


def _concatenates(tokens: Sequence[Token], at: int) -> bool:
    """Return True if the literal at `at` continues the one before it: `'DR' || 'OP'`, `'DR' + 'OP'`."""
    signs = at - 1
    while signs >= 0 and tokens[signs].kind == OPERATOR and tokens[signs].text in "|+":
        signs -= 1
    return 0 <= signs < at - 1 and tokens[signs].kind == STRING


def _joined_literal(tokens: Sequence[Token], at: int) -> str:
    """Return the text of the literal at `at` and of the literals that are appended to it."""
    parts = [literal_text(tokens[at].text)]
    for following in range(at + 1, len(tokens)):
        token = tokens[following]
        if token.kind == STRING and tokens[following - 1].kind == OPERATOR:
            parts.append(literal_text(token.text))
        elif token.kind != OPERATOR or token.text not in "|+":
            break
    return "".join(parts)


def literal_text(token: str) -> str:
    """Return the content of a string literal of any dialect."""
    if token.startswith("$"):
        quote = token[: token.index("$", 1) + 1]
        return token[len(quote) :].removesuffix(quote)
    if alternative := re.match(r"[nN]?[qQ]'(.)", token):
        return token[alternative.end() : -2]
    inner = token.lstrip("nNeEbBuU")
    quote = inner[:1]
    return inner[1:].removesuffix(quote).replace(quote * 2, quote) if quote else ""


def _statements(text: str, tokens: Sequence[Token], words: Sequence[str], head: str, dialect: str) -> list[str]:
    """Return the statements in a block, each up to its semicolon."""
    found: list[str] = []
    begin: int | None = None
    depth = 0
    reads_conditions = head in ("IF", "WHILE") and dialect == "mssql"
    for at, token in enumerate(tokens):
        if token.kind == OPERATOR and token.text in "()":
            depth = max(0, depth + (1 if token.text == "(" else -1))
        ended = token.text == ";" or words[at] in ("END", "ELSE")
        if begin is not None and ended and depth == 0:
            found.append(text[begin : token.start].strip())
            begin = None
        elif begin is None and at and words[at] in _VERBS and depth == 0:
            previous = tokens[at - 1]
            is_head = previous.text in _HEADS and previous.kind not in (NAME, STRING)
            if (
                is_head
                or reads_conditions
                or (dialect == "mssql" and previous.text not in ("FOR", "AFTER", "OF", "ON", "OR", ","))
            ):
                begin = token.start
        if len(found) >= MAX_NESTED:
            return found
    if begin is not None:
        found.append(text[begin:].strip())
    return [inner for inner in found if inner and inner != text]


class SqlVariables:
    """SQL texts that a session assigned to variables (`SET @s = '…'`), to judge them when they are executed."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def executed(self, tokens: Sequence[Token]) -> list[str]:
        """Note the assignments of a statement; return the texts of the variables that it executes."""
        found: list[str] = []
        executes = any(
            token.kind == WORD and token.text in ("EXEC", "EXECUTE", "PREPARE", "SP_EXECUTESQL") for token in tokens[:8]
        )
        name = ""
        for at, token in enumerate(tokens):
            if token.kind == PARAM and token.text.startswith("@"):
                name = token.text.lower()
                if executes and name in self._texts:
                    found.append(self._texts[name])
            elif (
                token.kind == STRING
                and name
                and not _concatenates(tokens, at)
                and any(one.text == "=" for one in tokens[max(0, at - 3) : at])
            ):
                inner = _joined_literal(tokens, at)
                if _SQL_TEXT.match(inner) and len(self._texts) < MAX_VARIABLES:
                    self._texts[name] = inner[:MAX_VARIABLE_CHARS]
        return found[:MAX_NESTED]
