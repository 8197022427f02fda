"""Statements of a Transact-SQL batch that are not separated by semicolons: where does the next one begin?

A statement begins at its keyword. All of these keywords are reserved, so they are never names; what remains are the
clauses of other statements that use the same words (`INSERT … SELECT`, `ON DELETE CASCADE`, `GRANT SELECT`).
Format: Transact-SQL reference of SQL Server 2022.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

from replay_tui.decoders.sql.tokenizer import OPERATOR, WORD, Token
from replay_tui.domain.lazy_regex import lazy_compile

_STARTS = frozenset((
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "CREATE", "ALTER", "GRANT", "REVOKE",
    "DENY", "EXEC", "EXECUTE", "DECLARE", "SET", "IF", "WHILE", "BEGIN", "PRINT", "RETURN", "USE", "BACKUP",
    "RESTORE", "KILL", "SHUTDOWN", "DBCC", "WAITFOR", "RAISERROR", "COMMIT", "ROLLBACK", "SAVE", "OPEN", "FETCH",
    "CLOSE", "DEALLOCATE", "BULK", "RECONFIGURE", "REVERT", "GOTO", "BREAK", "CONTINUE", "CHECKPOINT", "THROW",
    "ENABLE", "DISABLE",
))  # fmt: skip
_NEVER_BEFORE_A_STATEMENT = frozenset((
    "FOR", "AFTER", "OF", "OR", "AND", "NOT", "AS", "BY", "FROM", "INTO", "IN", "WITH", "UNION", "ALL", "EXCEPT",
    "INTERSECT", "BULK", "REVOKE", "GRANT", "DENY",
))  # fmt: skip
"""Words that need an operand after them, so that a keyword which follows belongs to their clause."""
_CONDITIONAL = frozenset(("IF", "WHILE", "ELSE", "THEN"))
_PERMISSIONS = frozenset(("GRANT", "DENY", "REVOKE"))
_ROUTINES = frozenset(("PROC", "PROCEDURE", "FUNCTION", "TRIGGER"))
_REFERENTIAL_ACTION = lazy_compile(r"\s*(?:CASCADE|NO\s+ACTION|SET\s+(?:NULL|DEFAULT))\b", re.IGNORECASE)
_TRIGGER = lazy_compile(r"\s*TRIGGER\b", re.IGNORECASE)
_EXISTS = lazy_compile(r"\s*(?:NOT\s+)?EXISTS\b", re.IGNORECASE)
_AS = lazy_compile(r"\s*AS\b", re.IGNORECASE)
_SESSION_OPTION = lazy_compile(
    r"\s*(?:@|(?:NOCOUNT|XACT_ABORT|ANSI_\w+|ARITHABORT|QUOTED_IDENTIFIER|ROWCOUNT|IDENTITY_INSERT|TRANSACTION|LANGUAGE"
    r"|DATEFORMAT|DATEFIRST|DEADLOCK_PRIORITY|LOCK_TIMEOUT|NOEXEC|PARSEONLY|SHOWPLAN_\w+|STATISTICS|TEXTSIZE)\b)",
    re.IGNORECASE,
)
_ALTERED_PART = lazy_compile(
    r"\s*(?:TABLE|VIEW|DATABASE|PROC|PROCEDURE|FUNCTION|TRIGGER|SCHEMA|ROLE|USER|LOGIN|ASSEMBLY|TYPE|SYNONYM|SEQUENCE"
    r"|SERVER|APPLICATION|CERTIFICATE|CREDENTIAL|ENDPOINT|EVENT|QUEUE|SERVICE)\b",
    re.IGNORECASE,
)
"""Objects after DROP, CREATE or ALTER; inside an ALTER statement the words name columns, constraints and members."""


class TsqlStatement(Struct):
    """The statement that is being read: the keyword it began with, and the clauses seen. Read token by token."""

    head: str = ""
    seen: set[str] = field(default_factory=set)
    last: Token | None = None
    is_routine: bool = False

    def begins_next(self, token: Token, sql: str) -> bool:
        """Return True if `token`, outside brackets and blocks, is the first one of the next statement."""
        word = token.text
        if token.kind != WORD or word not in _STARTS or self.last is None or self.is_routine:
            return False
        if self.last.kind == OPERATOR and self.last.text not in (")", "*", ":"):
            return False
        return not self._continues(word, self.last.text if self.last.kind == WORD else "", sql, token.end)

    def _continues(self, word: str, before: str, sql: str, end: int) -> bool:
        """Return True if `word`, after the word `before`, belongs to a clause of this statement."""
        if before in _NEVER_BEFORE_A_STATEMENT or before in _CONDITIONAL:
            return True
        if self.head in _PERMISSIONS and not self.seen & {"TO", "FROM"}:
            return True
        match word:
            case "SELECT" | "EXEC" | "EXECUTE" if self.head == "INSERT":
                return not self.seen & {"VALUES", "SELECT", "EXEC", "EXECUTE"}
            case "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" if self.head == "WITH":
                return True
            case "UPDATE" | "DELETE" if before == "ON":
                return bool(_REFERENTIAL_ACTION.match(sql, end))
            case "SET":
                return before == "UPDATE" or (
                    self.head in ("UPDATE", "ALTER") and "SET" not in self.seen and not self._sets_option(sql, end)
                )
            case "DROP" | "CREATE" | "ALTER" if self.head == "ALTER":
                return not _ALTERED_PART.match(sql, end)
            case "ENABLE" | "DISABLE":
                return self.head == "ALTER" or not _TRIGGER.match(sql, end)
            case "IF":
                return self.head in ("DROP", "CREATE", "ALTER") and bool(_EXISTS.match(sql, end)) and before != ""
            case "FETCH":
                return before in ("ROW", "ROWS")
            case "SAVE" | "THROW" | "OPEN" | "CLOSE" | "CHECKPOINT":
                return self.head == "SELECT" and before == "SELECT"
        return self.head in ("IF", "WHILE") and word in _STARTS

    def _sets_option(self, sql: str, end: int) -> bool:
        return self.head == "ALTER" and bool(_SESSION_OPTION.match(sql, end))

    def note(self, token: Token, *, nested: bool) -> None:
        """Take a token of this statement; with `nested` it stands in brackets or in a block."""
        word = token.text if token.kind == WORD else ""
        if not self.head and word:
            self.head = word
        elif word and not nested:
            # The statement after a condition or after common table expressions is the one that counts from now on.
            conditional = self.last is not None and self.last.kind == WORD and self.last.text == "ELSE"
            if word in _STARTS and (conditional or self.head in ("IF", "WHILE", "WITH")):
                self.head, self.seen = word, set()
            if word in _ROUTINES and self.last is not None and self.last.text in ("CREATE", "ALTER"):
                self.is_routine = True  # its body is the rest of the batch
        if word and not nested:
            self.seen.add(word)
        self.last = token
