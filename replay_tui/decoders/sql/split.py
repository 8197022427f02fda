"""SQL splitter: statements from text with quotes, comments, dollar quotes, routine bodies and client separators."""

from __future__ import annotations

import re

from msgspec import Struct, field

from replay_tui.decoders.sql.tokenizer import COMMENT, NAME, NUMBER, OPERATOR, SEMICOLON, STRING, WORD, Token, tokenize
from replay_tui.decoders.sql.tsql import TsqlStatement
from replay_tui.domain.lazy_regex import lazy_compile

MAX_TOKENS = 2_000_000
"""After this many tokens the rest stays together as one last piece."""

_ROUTINES = frozenset(("FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "EVENT", "TYPE"))
_NO_BLOCK_AFTER_END = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))
_NO_BLOCK_AFTER_BEGIN = frozenset(("TRAN", "TRANSACTION", "DISTRIBUTED", "DIALOG", "CONVERSATION"))
_CLIENT_WORDS = frozenset(("\\", "DELIMITER", "GO", "/"))
_PSQL_SEND = lazy_compile(r"\\(?:g|gx|gset|gexec|gdesc|watch|crosstabview|bind|parse|sendpipeline)(?![A-Za-z_])")
"""Commands of psql that send the statement before them. Others at the end of a line leave it as it is."""
_MYSQL_SEND = lazy_compile(r"\\[gG](?![A-Za-z_])")
_END_OF_LINE = lazy_compile(r"\r?\n|\Z")
_COPY_DATA = lazy_compile(r"\s*copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)
_COPY_END = lazy_compile(r"^\\\.\r?$", re.MULTILINE)


def split_sql(sql: str, dialect: str = "postgres", *, script: bool = False) -> list[str]:
    """Return the statements of `sql` as written, with their `;`. Text of only comments or blanks has none.

    Statements of SQL Server need no `;`, see `tsql`. `script` adds the syntax of command-line clients: commands (`\\d`,
    `\\gset`) and COPY data of psql, `DELIMITER` and `\\G` of mysql, `GO` of SQL Server, `/` of Oracle.
    """
    first = sql.find(";")
    if not script and dialect != "mssql" and (first < 0 or (not sql[first + 1 :].strip() and dialect != "oracle")):
        text = sql.strip()
        return [text] if text and text != ";" and _has_content(text, dialect) else []
    return _SqlSplitter(sql, dialect, script).run()


def _has_content(text: str, dialect: str) -> bool:
    if not text.startswith(("--", "/*", "#")):
        return True
    return any(token.kind not in (COMMENT, SEMICOLON) for token in tokenize(text, dialect))


class _SqlSplitter(Struct):
    """State of splitting one text: nesting of brackets (`depth`) and of routine blocks (`block`)."""

    sql: str
    dialect: str
    script: bool
    pieces: list[str] = field(default_factory=list)
    start: int = 0
    content: bool = False
    depth: int = 0
    block: int = 0
    entered: bool = False
    words: list[str] = field(default_factory=list)
    previous: str = ""
    delimiter: str = ";"
    copy_ends: bool = False
    batch: TsqlStatement = field(default_factory=TsqlStatement)

    def run(self) -> list[str]:
        at, seen = 0, 0
        while at is not None and at < len(self.sql) and seen < MAX_TOKENS:
            jump = None
            for token in tokenize(self.sql, self.dialect, at):
                seen += 1
                jump = self._take(token)
                if jump is not None or seen >= MAX_TOKENS:
                    break
            if jump is None:
                break
            at = jump
        self._cut(len(self.sql))
        return self.pieces

    def _take(self, token: Token) -> int | None:
        """Process one token; return a position if tokenizing must continue elsewhere."""
        if token.kind == COMMENT:
            return None
        if self.script and (jump := self._client_line(token)) is not None:
            return jump
        if self.script and token.text == "\\" and (jump := self._client_send(token)) is not None:
            return jump
        if self.delimiter != ";":
            if (at := self._delimiter_in(token)) is not None:
                self.content = self.content or at > token.start
                self._cut(at)
                self.start = at + len(self.delimiter)
                return self.start
        elif token.kind == SEMICOLON and self.depth <= 0 and self._is_complete():
            copied = self.script and self.dialect == "postgres" and _COPY_DATA.match(self.sql, self.start, token.end)
            self._cut(token.end)
            return self._skip_copy_data(token.end) if copied else None
        if self.dialect == "mssql":
            if self.depth <= 0 and self.block <= 0 and self.batch.begins_next(token, self.sql):
                self._cut(token.start)
            self.batch.note(token, nested=self.depth > 0 or self.block > 0)
        self._note(token)
        return None

    def _delimiter_in(self, token: Token) -> int | None:
        """Return where the delimiter begins in or at `token`; None if it does not. In strings it has no meaning."""
        if token.kind in (STRING, NAME):
            return token.start if self.sql.startswith(self.delimiter, token.start) else None
        at = self.sql.find(self.delimiter, token.start, token.end + len(self.delimiter) - 1)
        return at if at >= 0 else None

    def _client_send(self, token: Token) -> int | None:
        """End the statement before a command that sends it (`\\gset`, `\\G`); return the end of the command."""
        sends = {"postgres": _PSQL_SEND, "mysql": _MYSQL_SEND}.get(self.dialect)
        found = sends.match(self.sql, token.start) if sends and self.content else None
        if found is None:
            return None
        end = found.end()
        if self.dialect == "postgres":  # its arguments, such as a file or a program, are part of what was done
            line = _END_OF_LINE.search(self.sql, end)
            end = line.start() if line else len(self.sql)
        self._cut(end)
        return end

    def _note(self, token: Token) -> None:
        self.content = self.content or token.kind != SEMICOLON
        if token.kind == OPERATOR and token.text in ("(", ")"):
            self.depth = max(0, self.depth + (1 if token.text == "(" else -1))
        if token.kind != WORD:
            if token.kind not in (OPERATOR, NUMBER):
                self.previous = ""
            return
        word = token.text
        if len(self.words) < 10:
            self.words.append(word)
        if self.block or self._may_hold_block():
            self._note_block(word)
        self.previous = word

    def _note_block(self, word: str) -> None:
        if self.previous == "END" and word in _NO_BLOCK_AFTER_END:
            self.block += 1
        elif (word == "BEGIN" and self.dialect != "postgres") or (word == "ATOMIC" and self.previous == "BEGIN"):
            self.block, self.entered = self.block + 1, True
        elif word in _NO_BLOCK_AFTER_BEGIN and self.previous == "BEGIN" and self.dialect == "mssql":
            self.block = max(0, self.block - 1)
        elif word == "CASE" and self.block and self.previous != "END":
            self.block += 1
        elif word == "END":
            self.block = max(0, self.block - 1)

    def _may_hold_block(self) -> bool:
        head = self.words[0] if self.words else ""
        if head == "CREATE":
            return bool(_ROUTINES.intersection(self.words))
        return self.dialect in ("oracle", "mssql") and head in ("BEGIN", "DECLARE", "IF", "WHILE")

    def _is_complete(self) -> bool:
        """Return True if a `;` at this position ends the statement."""
        if self.block > 0:
            return False
        declares = self.dialect == "oracle" and self._may_hold_block() and self.words[0] in ("CREATE", "DECLARE")
        return not declares or self.entered or "TYPE" in self.words

    def _client_line(self, token: Token) -> int | None:
        """Process a line that is a command of the client; return its end, None for any other line."""
        if token.text not in _CLIENT_WORDS or not self._starts_line(token.start):
            return None
        text = self.sql
        found = _END_OF_LINE.search(text, token.start)
        end = found.start() if found else len(text)
        line = text[token.start : end].strip()
        if self.dialect == "postgres" and token.text == "\\" and not self.content:
            self._cut(token.start)
            self.pieces.append(line)
        elif self.dialect == "mysql" and token.text == "DELIMITER" and not self.content:
            self.delimiter = line[len("DELIMITER") :].strip()[:16] or ";"
        elif (self.dialect == "mssql" and token.text == "GO" and line.split()[0].upper() == "GO") or (
            self.dialect == "oracle" and line == "/"
        ):
            self._cut(token.start)
        else:
            return None
        self.start = end
        return end

    def _starts_line(self, at: int) -> bool:
        before = self.sql[max(0, at - 200) : at].rstrip(" \t")
        return before.endswith("\n") or (not before and at <= 200)

    def _skip_copy_data(self, at: int) -> int | None:
        found = None if self.copy_ends else _COPY_END.search(self.sql, at)
        if found is None:
            self.copy_ends = True  # no end of COPY data follows: do not search again
            return None
        self.start = found.end()
        return found.end()

    def _cut(self, end: int) -> None:
        text = self.sql[self.start : end].strip()
        if self.content and text:
            self.pieces.append(text)
        self.start, self.content, self.depth, self.block, self.entered = end, False, 0, 0, False
        self.words, self.previous, self.batch = [], "", TsqlStatement()
