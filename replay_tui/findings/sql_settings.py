"""Settings that a SQL statement assigns: `SET x`, `ALTER SYSTEM SET x`, `SET @@GLOBAL.x`, `set_config('x', …)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from replay_tui.decoders.sql.tokenizer import STRING, WORD, Token
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.risk import Severity
from replay_tui.findings.sql_nested import literal_text

_MAX_TOKENS = 200
_SCOPES = frozenset(("GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"))
_ALTERED = frozenset(("SYSTEM", "DATABASE", "ROLE", "USER"))
_OFF_VALUES = frozenset(
    ("OFF", "0", "NONE", "FALSE", "", "PANIC", "FATAL", "REPLICA", "-1", "LOCAL", "ERROR", "DB", "NO")
)
_LOGGING = lazy_compile(
    r"LOG_\w+|PGAUDIT\.?\w*|AUDIT\w*|GENERAL_LOG\w*|SLOW_QUERY_LOG\w*|SQL_LOG_BIN|SERVER_AUDIT\w*|LOGGING_COLLECTOR"
    r"|SHARED_PRELOAD_LIBRARIES|TRACK_\w+|UNIFIED_AUDIT\w*|BINLOG\w*|ARCHIVE_MODE|ARCHIVE_COMMAND|PASSWORD_ENCRYPTION|SSL"
    r"|LOCAL_PRELOAD_LIBRARIES|SESSION_PRELOAD_LIBRARIES"
)
_SERVER_PROTECTION = lazy_compile(
    r"READ_ONLY|SUPER_READ_ONLY|LOCAL_INFILE|LOG_BIN_TRUST_FUNCTION_CREATORS|SECURE_FILE_PRIV|EVENT_SCHEDULER"
    r"|VALIDATE_PASSWORD\S*|REQUIRE_SECURE_TRANSPORT"
)
"""Settings of a server whose change is worth a look, whatever the value."""
_SESSION_PROTECTION = {
    "SESSION_REPLICATION_ROLE": Severity.HIGH, "ROW_SECURITY": Severity.HIGH, "FOREIGN_KEY_CHECKS": Severity.LOW,
    "UNIQUE_CHECKS": Severity.LOW, "SQL_SAFE_UPDATES": Severity.LOW,
}  # fmt: skip
"""Settings that protect when they are on."""


class Setting(NamedTuple):
    """An assignment in capitals; `is_global` if it concerns more than this session."""

    name: str
    value: str
    is_global: bool


def assigned_settings(tokens: Sequence[Token]) -> Iterator[Setting]:
    """Yield the settings that a statement assigns."""
    tokens = tokens[:_MAX_TOKENS]
    words = [token.text.upper().lstrip("@") for token in tokens]
    for at, token in enumerate(tokens):
        if token.kind == WORD and token.text == "SET_CONFIG":
            literals = [literal_text(one.text).upper() for one in tokens[at + 2 : at + 5] if one.kind == STRING]
            if len(literals) == 2:
                yield Setting(literals[0], literals[1], is_global=False)
    if words[:1] == ["SET"]:
        yield from _assignments(tokens[1:], words[1:], is_global=False)
    elif words[:1] == ["ALTER"] and words[1:2] and words[1] in _ALTERED and "SET" in words:
        begin = words.index("SET") + 1
        yield from _assignments(tokens[begin:], words[begin:], is_global=True)


def _assignments(tokens: Sequence[Token], words: Sequence[str], *, is_global: bool) -> Iterator[Setting]:
    """Yield `name = value` pairs; a comma at the top level separates them."""
    name, value, scope, assigned = "", "", is_global, False
    for token, word in zip(tokens, words, strict=True):
        if word in (",", ";") and token.kind != STRING:
            if assigned:
                yield Setting(name, value, scope)
            name, value, scope, assigned = "", "", is_global, False
        elif assigned:
            value += literal_text(token.text).upper() if token.kind == STRING else word
        elif word in ("=", "TO"):
            assigned = True
        elif word in _SCOPES and not name:
            scope = is_global or word not in ("SESSION", "LOCAL")
        elif word == ":" or (word == "." and not name):
            continue
        else:
            name += word
    if assigned:
        yield Setting(name, value, scope)


def logging_severity(tokens: Sequence[Token]) -> Severity | None:
    """Return how dangerous the assignments to settings of logging and auditing are."""
    worst = None
    for setting in assigned_settings(tokens):
        if setting.name == "LOG_ERROR_VERBOSITY":
            worst = worst or Severity.MEDIUM
        elif _LOGGING.fullmatch(setting.name) and (
            setting.name.endswith(("_FILE", "_DESTINATION")) or setting.value in _OFF_VALUES
        ):
            return Severity.HIGH
        elif setting.name in ("LOG_ERROR", "LOG_ARCHIVE_DEST_1") and setting.value:
            worst = Severity.MEDIUM
    return worst


def protection_severity(tokens: Sequence[Token]) -> Severity | None:
    """Return how dangerous the assignments to settings that protect data are."""
    worst: Severity | None = None
    for setting in assigned_settings(tokens):
        if setting.is_global and _SERVER_PROTECTION.fullmatch(setting.name):
            return Severity.HIGH
        if setting.value in _OFF_VALUES and (found := _SESSION_PROTECTION.get(setting.name)):
            worst = max(worst or found, found, key=lambda one: one.rank)
    return worst
