"""Rule checks on SQL tokens, so that literals and comments cause no findings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from replay_tui.decoders.sql.tokenizer import NAME, NUMBER, OPERATOR, PARAM, STRING, WORD, Token, significant_tokens
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.risk import Severity
from replay_tui.findings.sql_conditions import is_always_true
from replay_tui.findings.sql_settings import logging_severity, protection_severity

_MAX_TOKENS = 5000
_HEADS = frozenset(("EXPLAIN", "", "(", ")", ";", "ANALYZE", "ANALYSE", "AS", "ATOMIC", "BEGIN", "THEN", "ELSE", "LOOP",
                    "IS", "DO", "VERBOSE", "NULL"))  # fmt: skip
_ROLE_WORDS = frozenset(
    ("ROLE", "ROLES", "IS_ADMIN", "ADMIN", "ISADMIN", "SUPERUSER", "IS_SUPERUSER", "IS_STAFF", "PRIVILEGE",
     "PRIVILEGES", "PERMISSION", "PERMISSIONS", "ACCESS_LEVEL", "USER_ROLE", "ROLE_ID", "SCOPES", "GROUP_ID")
)  # fmt: skip
COLUMNS_BY_INFO_TYPE = {
    "EMAIL": ("email", "e_mail", "mail", "email_address"),
    "CREDIT_CARD": ("card", "credit_card", "card_number", "cardnumber", "pan", "cc_number", "cc"),
    "PHONE": ("phone", "phone_number", "mobile", "telephone", "cell"),
    "SOCIAL_SECURITY": ("ssn", "social_security", "social_security_number"),
    "SSN": ("ssn", "social_security_number"),
    "PERSON": ("full_name", "first_name", "last_name", "surname", "firstname", "lastname"),
    "IP_ADDRESS": ("ip", "ip_address", "client_ip", "remote_addr"),
    "IBAN": ("iban",),
    "PASSWORD": ("password", "passwd", "pwd", "password_hash"),
    "BIRTH": ("dob", "birth_date", "birthdate", "birthday", "date_of_birth"),
    "PASSPORT": ("passport", "passport_number"),
    "DRIVER": ("driver_license", "drivers_license", "license_number"),
    "ADDRESS": ("address", "street", "street_address", "postal_code", "zip"),
    "LOCATION": ("address", "street", "latitude", "longitude"),
    "BANK": ("account_number", "bank_account", "routing_number"),
    "CPF": ("cpf",),
}
"""Column names by a part of the name of an info type in the data masking metrics."""


@lru_cache(maxsize=512)
def sql_tokens(sql: str, dialect: str) -> tuple[Token, ...]:
    """Return the first `_MAX_TOKENS` tokens of a statement."""
    return tuple(significant_tokens(sql, dialect, _MAX_TOKENS))


@lru_cache(maxsize=512)
def skeleton(sql: str, dialect: str) -> str:
    """Return a statement in the form that rule patterns expect.

    Words are in capitals, names in double quotes (in capitals too if they equal an unquoted name), literals are
    `''` without a prefix such as `N`, comments are removed.
    """
    parts: list[str] = []
    ignores_case = dialect in ("mssql", "mysql")
    folds_to_lower = dialect == "postgres"
    end = -1
    for token in sql_tokens(sql, dialect):
        if token.kind == STRING:
            if parts and parts[-1] == "N" and token.start == end:
                parts.pop()
            parts.append("''")
        elif token.kind == NAME:
            is_plain = ignores_case or (folds_to_lower and token.text.islower())
            parts.append(f'"{token.text.upper() if is_plain else token.text}"')
        else:
            parts.append(token.text)
        end = token.end
    return " ".join(parts)


def delete_without_where(sql: str, dialect: str) -> Severity | None:
    """Return high if a DELETE affects every row."""
    return _only(Severity.HIGH, _unbounded(sql_tokens(sql, dialect), "DELETE", dialect))


def update_without_where(sql: str, dialect: str) -> Severity | None:
    """Return high if an UPDATE affects every row."""
    return _only(Severity.HIGH, _unbounded(sql_tokens(sql, dialect), "UPDATE", dialect))


def bounded_without_where(sql: str, dialect: str) -> Severity | None:
    """Return medium if only a limit or a join bounds a DELETE or an UPDATE."""
    found = sql_tokens(sql, dialect)
    return _only(Severity.MEDIUM, _unbounded(found, "DELETE", dialect)) or _only(
        Severity.MEDIUM, _unbounded(found, "UPDATE", dialect)
    )


def _only(wanted: Severity, severity: Severity | None) -> Severity | None:
    return severity if severity is wanted else None


def merge_without_condition(sql: str, dialect: str) -> Severity | None:
    """Return high if the ON condition of a MERGE is always true."""
    found = sql_tokens(sql, dialect)
    if not found or "MERGE" not in {token.text for token in found[:40] if token.kind == WORD}:
        return None
    begin = next((at for at, token in enumerate(found) if token.kind == WORD and token.text == "MERGE"), 0)
    on = next((at for at in range(begin, len(found)) if found[at].kind == WORD and found[at].text == "ON"), None)
    return Severity.HIGH if on is not None and is_always_true(found[on + 1 :], dialect) else None


def _unbounded(found: tuple[Token, ...], verb: str, dialect: str) -> Severity | None:
    words = [token.text if token.kind == WORD else "" for token in found]
    if words[:1] == ["EXPLAIN"] and not {"ANALYZE", "ANALYSE"}.intersection(words[:6]):
        return None
    previous, merges = "", False
    worst: Severity | None = None
    for at, token in enumerate(found):
        merges = (merges or words[at] == "MERGE") and token.text != ";"
        if words[at] == verb and previous in _HEADS and not merges:
            severity = _bound(found, words, at, dialect)
            if severity and (worst is None or severity.rank > worst.rank):
                worst = severity
        previous = token.text if token.kind in (WORD, OPERATOR) or token.text == ";" else "?"
    return worst


def _bound(found: tuple[Token, ...], words: list[str], at: int, dialect: str) -> Severity | None:
    """Return the severity of the DELETE or UPDATE at `at`; None if a condition bounds it, or if it is none."""
    begin, end, depth = at + 1, len(found), 0
    clauses: dict[str, int] = {}
    for order in range(begin, len(found)):
        token = found[order]
        if token.kind == OPERATOR and token.text in "()":
            depth += 1 if token.text == "(" else -1
            if depth < 0:
                end = order
                break
        elif depth == 0 and token.text == ";":
            end = order
            break
        elif depth == 0 and words[order]:
            clauses.setdefault(words[order], order)
            if words[order] == "RETURNING":
                break
    deletes = words[at] == "DELETE"
    first = words[begin] if begin < end else ""
    if not deletes and ("SET" not in clauses or first == "SET"):
        return None
    if deletes and "FROM" not in clauses and not _is_target(found, words, begin, end, dialect):
        return None
    if _is_temporary(found, begin, end, deletes=deletes):
        return None
    if "WHERE" in clauses:
        condition = found[clauses["WHERE"] + 1 : end]
        return Severity.HIGH if is_always_true(condition, dialect, _common_tables(words)) else None
    if deletes and "USING" in clauses and "ON" in clauses and dialect == "postgres":
        return Severity.MEDIUM
    bounded = ({"TOP", "LIMIT", "JOIN", "FETCH"} if deletes else {"TOP", "LIMIT"}).intersection(clauses)
    return Severity.MEDIUM if bounded else Severity.HIGH


def _common_tables(words: list[str]) -> frozenset[str]:
    """Return the names of the subqueries that a WITH defines; they may be smaller than a table."""
    if words[:1] != ["WITH"]:
        return frozenset()
    return frozenset(before for before, word in itertools.pairwise(words) if word == "AS" and before)


def _is_target(found: tuple[Token, ...], words: list[str], begin: int, end: int, dialect: str) -> bool:
    """Return True if what follows a DELETE without FROM is a table."""
    if begin >= end:
        return False
    token = found[begin]
    if dialect == "postgres":
        return False
    if token.kind == NAME or (token.kind == OPERATOR and token.text in "(#") or token.kind == PARAM:
        return dialect in ("mssql", "oracle")
    return bool(words[begin]) and words[begin] not in (
        "ON", "OR", "OF", "AND", "CASCADE", "AS", "SET", "TO", "IS", "IN", "END", "THEN",
    )  # fmt: skip


def _is_temporary(found: tuple[Token, ...], begin: int, end: int, *, deletes: bool) -> bool:
    """Return True for a target that only this session sees: `#t`, `@t`, `pg_temp.t`."""
    for order in range(begin, min(end, begin + 8)):
        token = found[order]
        if token.text in ("FROM", "ONLY", "TOP", "(", ")", "LOW_PRIORITY", "QUICK", "IGNORE", "TEMPDB", ".", "DBO") or (
            token.kind == NUMBER
        ):
            continue
        if token.text.upper().startswith("PG_TEMP"):
            return True
        return token.text[:1] in ("#", "@")
    return False


def turns_logging_off(sql: str, dialect: str) -> Severity | None:
    """Return how dangerous it is that a statement switches logging or auditing off."""
    return logging_severity(sql_tokens(sql, dialect))


def turns_protection_off(sql: str, dialect: str) -> Severity | None:
    """Return how dangerous it is that a statement switches a setting off that protects data."""
    return protection_severity(sql_tokens(sql, dialect))


def writes_role_column(sql: str, dialect: str) -> bool:
    """Return True if an UPDATE or INSERT writes a column that looks like a role or a privilege."""
    found = sql_tokens(sql, dialect)
    words = [token.text.upper() if token.kind in (WORD, NAME) else token.text for token in found]
    if "UPDATE" in words[:40] and "SET" in words:
        start = words.index("SET")
        end = words.index("WHERE", start) if "WHERE" in words[start:] else len(words)
        return any(
            words[at] in _ROLE_WORDS and at + 1 < end and words[at + 1] == "=" and found[at + 1].kind == OPERATOR
            for at in range(start + 1, end)
        )
    if "INSERT" in words[:40] and "INTO" in words and "(" in words:
        start = words.index("(")
        end = words.index(")", start) if ")" in words[start:] else start
        return bool(_ROLE_WORDS.intersection(words[start:end])) and words.index("INTO") < start
    return False


def sensitive_names(info_types: Collection[str]) -> frozenset[str]:
    """Return lower-case column names for info types of data masking such as `EMAIL_ADDRESS`."""
    upper = [name.upper() for name in info_types]
    return frozenset(
        name for part, names in COLUMNS_BY_INFO_TYPE.items() if any(part in one for one in upper) for name in names
    )


def reads_columns(sql: str, dialect: str, names: frozenset[str]) -> list[str]:
    """Return the columns of a statement that are in `names` or end in `_` and one of them."""
    hits = []
    for token in sql_tokens(sql, dialect):
        if token.kind in (WORD, NAME) and token.kind != PARAM:
            name = token.text.lower()
            if name in names or (name.rpartition("_")[2] in names and "_" in name):
                hits.append(name)
    return list(dict.fromkeys(hits))


_LITERAL = r"(?:'[^'\\]{0,400}+'|\d[\d.]*+|\$\d+|\?|:[a-z]\w*+|%s|null|true|false|default|now\(\))"
_BOUND_VALUE = rf"[a-z_][\w.]*\s*=\s*{_LITERAL}"
_SAFE_WRITE = lazy_compile(
    r"\s*+(?:update|delete\s+from)\s(?:[^'\"`$/;\-\[(#@]|'[^'\\]{0,400}+'){1,400}?\swhere\s+"
    rf"(?!'|\d){_BOUND_VALUE}(?:\s+and\s+{_BOUND_VALUE}){{0,20}}\s*;?\s*\Z"
    r"|\s*+insert\s+into\s+[\w.]++\s*+(?:\([\w\s,]{0,2000}+\)\s*+)?values\s*+"
    rf"\(\s*+{_LITERAL}(?:\s*+,\s*+{_LITERAL}){{0,200}}+\s*+\)\s*+;?\s*+\Z",
    re.IGNORECASE,
)
"""A plain UPDATE or DELETE with a WHERE on a column."""
_ROLE_HINTS = (
    "role", "admin", "superuser", "staff", "privilege", "permission", "access_level", "scope", "group_id", "mysql",
    "pg_", "audit", "passw", "log",
)  # fmt: skip


def is_safe_write(sql: str) -> bool:
    """Return True for a plain write that no rule matches, which skips the slower token checks."""
    return _SAFE_WRITE.match(sql) is not None and not contains_any(sql, _ROLE_HINTS)


def contains_any(text: str, words: Sequence[str]) -> bool:
    """Return True if a text contains one of `words`, in any case. Ten times faster than a regular expression."""
    return any(map(text.casefold().__contains__, words))
