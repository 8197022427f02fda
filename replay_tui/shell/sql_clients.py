"""SQL clients in a terminal (psql, mysql, sqlite3, sqlcmd, sqlplus), recognised by their prompts."""

from __future__ import annotations

import re
from typing import NamedTuple

from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.domain.display_text import first_word


class SqlClient(NamedTuple):
    """A client: its nearest SQL dialect, the shape of its prompts, the start of lines that it passes to a shell."""

    name: str
    dialect: str
    prompt: re.Pattern[str]
    program: re.Pattern[str]
    shell_escape: re.Pattern[str]
    command_marks: tuple[str, ...]
    """Characters at the start of lines that are commands of the client."""
    continuation: re.Pattern[str]


def _client(
    name: str, dialect: str, prompt: str, program: str, escape: str, marks: tuple[str, ...], continuation: str
) -> SqlClient:
    return SqlClient(
        name, dialect, re.compile(prompt), re.compile(program), re.compile(escape), marks, re.compile(continuation)
    )


_CLIENTS = (
    _client("psql", "postgres", r"[\w.@:/ \[\]~-]*=[>#]\s?\Z", r"\b(?:psql|pgcli|usql)\b", r"\\!\s*(?=\S)", ("\\",),
            r"[\w.@:/ \[\]~-]*[-('\"*$][>#]\s?\Z"),
    _client("mysql", "mysql", r"(?:mysql|MariaDB \[[^\]]*\]|mycli [^>]*)>\s?\Z", r"\b(?:mysql|mariadb|mycli)\b",
            r"(?:\\!|system\b)\s*(?=\S)", ("\\",), r"(?:->|'>|\">|`>|/\*>)\s?\Z"),
    _client("sqlite3", "postgres", r"sqlite>\s?\Z", r"\b(?:sqlite3|litecli)\b", r"\.(?:shell|system)\b\s*(?=\S)",
            (".",), r"(?:\.\.\.|['\"(;.x*]+\d*\.*)>\s?\Z"),
    _client("sqlcmd", "mssql", r"1>\s?\Z", r"\b(?:sqlcmd|tsql|mssql-cli)\b", r"(?:!!|:!!)\s*(?=\S)", (":", "!!"),
            r"\d+>\s?\Z"),
    _client("sqlplus", "oracle", r"SQL>\s?\Z", r"\b(?:sqlplus|sqlcl)\b", r"(?:!|host\b|\$)\s*(?=\S)", ("@", "!"),
            r"\d+\s*\Z"),
)  # fmt: skip
_MAX_PROMPT_CHARS = 200
_ANY_PROMPT = frozenset(("psql", "sqlcmd"))
"""Clients whose prompts another program could have: their name must be in the command that started them."""


def sql_client(prompt: str, started_by: str) -> SqlClient | None:
    """Return the client that displays `prompt`, None for any other program. `started_by`: the latest shell command."""
    prompt = prompt[-_MAX_PROMPT_CHARS:].lstrip()
    for client in _CLIENTS:
        if client.prompt.match(prompt):
            is_named = client.program.search(started_by[:4096]) is not None
            is_clear = client.name not in _ANY_PROMPT or (client.name == "psql" and re.match(r"[\w.-]+=[>#]", prompt))
            if is_named or is_clear:
                return client
    return None


def is_client_continuation(prompt: str, client: SqlClient) -> bool:
    """Return True if `prompt` is the one with which `client` asks for another line of a statement."""
    return client.continuation.match(prompt[-_MAX_PROMPT_CHARS:].lstrip()) is not None


class ClientStatement(NamedTuple):
    """One statement or command typed in a client."""

    text: str
    kind: str
    verb: str


def client_statements(text: str, client: SqlClient) -> list[ClientStatement]:
    """Return the statements in `text`, each with its kind; lines for a shell are of kind `shell`."""
    stripped = text.strip()
    escape = client.shell_escape.match(stripped)
    if escape:
        return [ClientStatement(text, "shell", first_word(stripped[escape.end() :]))]
    if stripped.startswith(client.command_marks):
        return [ClientStatement(text, "other", first_word(stripped))]
    dialect = client.dialect
    pieces = split_sql(text, dialect, script=client.name in ("sqlcmd", "sqlplus")) or [text]
    if len(pieces) < 2 and dialect != "mssql":
        pieces = [text]
    return [ClientStatement(piece, *classify(piece, dialect)) for piece in pieces]
