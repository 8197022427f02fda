"""Rule checks on SQL tokens, so that literals and comments cause no findings."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from replay_tui.decoders.sql.tokenizer import NAME, NUMBER, OPERATOR, PARAM, STRING, WORD, Token, significant_tokens

_MAX_TOKENS = 5000
_HEADS = frozenset(("EXPLAIN", "", "(", ")", ";", "ANALYZE", "ANALYSE", "AS", "ATOMIC", "BEGIN", "THEN", "ELSE"))
_ROLE_WORDS = frozenset(
    ("ROLE", "ROLES", "IS_ADMIN", "ADMIN", "ISADMIN", "SUPERUSER", "IS_SUPERUSER", "IS_STAFF", "PRIVILEGE",
     "PRIVILEGES", "PERMISSION", "PERMISSIONS", "ACCESS_LEVEL", "USER_ROLE", "ROLE_ID", "SCOPES", "GROUP_ID")
)  # fmt: skip
_LOGGING = frozenset(
    ("LOG_STATEMENT", "GENERAL_LOG", "SLOW_QUERY_LOG", "SQL_LOG_BIN", "AUDIT_LOG_POLICY", "SERVER_AUDIT_LOGGING",
     "PGAUDIT", "LOG_MIN_DURATION_STATEMENT", "LOGGING_COLLECTOR")
)  # fmt: skip
_OFF = frozenset(("OFF", "0", "NONE", "FALSE"))
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

    Words are in capitals, names in double quotes, literals are `''`, comments are removed.
    """
    parts = []
    for token in sql_tokens(sql, dialect):
        if token.kind == STRING:
            parts.append("''")
        elif token.kind == NAME:
            parts.append(f'"{token.text}"')
        else:
            parts.append(token.text)
    return " ".join(parts)


def delete_without_where(sql: str, dialect: str) -> bool:
    """Return True if a DELETE affects every row."""
    return _lacks_where(sql_tokens(sql, dialect), "DELETE", "FROM")


def update_without_where(sql: str, dialect: str) -> bool:
    """Return True if an UPDATE affects every row."""
    return _lacks_where(sql_tokens(sql, dialect), "UPDATE", "SET")


def _lacks_where(found: tuple[Token, ...], verb: str, needs: str) -> bool:
    previous = ""
    for at, token in enumerate(found):
        if token.kind == WORD and token.text == verb and previous in _HEADS and not _has_where(found, at + 1, needs):
            return True
        previous = token.text if token.kind in (WORD, OPERATOR) or token.text == ";" else "?"
    return False


def _has_where(found: tuple[Token, ...], at: int, needs: str) -> bool:
    """Return True for a WHERE with a real condition at the level of the statement at `at`, or if it is no statement."""
    depth, is_statement = 0, at < len(found) and found[at].kind == NAME and len(found) == at + 1
    for order in range(at, len(found)):
        token = found[order]
        if token.kind == OPERATOR and token.text in "()":
            depth += 1 if token.text == "(" else -1
            if depth < 0:
                break
        elif depth == 0 and token.text == ";":
            break
        elif depth == 0 and token.kind == WORD:
            is_statement = is_statement or token.text == needs
            if token.text == "WHERE":
                return not _always_true(found[order + 1 : order + 5])
            if token.text in ("TOP", "LIMIT", "JOIN") and needs != "SET":
                return True
    return not is_statement


def _always_true(rest: tuple[Token, ...]) -> bool:
    if rest and rest[0].kind == WORD and rest[0].text == "TRUE":
        return len(rest) < 2 or rest[1].text in (";", ")", "RETURNING", "OR")
    if len(rest) < 3 or rest[1].text != "=" or (len(rest) > 3 and rest[3].text == "AND"):
        return False
    literals = {NUMBER, STRING}
    return rest[0].kind in literals and rest[0].kind == rest[2].kind and rest[0].text == rest[2].text


def turns_logging_off(sql: str, dialect: str) -> bool:
    """Return True if a SET switches statement logging or auditing off."""
    found = sql_tokens(sql, dialect)[:12]
    words = [token.text.upper().strip("'") for token in found]
    if words[:1] == ["NOAUDIT"]:
        return True
    if words[:1] not in (["SET"], ["ALTER"]) or not _LOGGING.intersection(words):
        return False
    rest = words[next(at for at, word in enumerate(words) if word in _LOGGING) + 1 :]
    return bool(_OFF.intersection(rest[:3]))


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


SAFE_WRITE = re.compile(
    r"\s*(?:update|delete\s+from)\s[^'\"`$/;\-\[(]{1,400}?\swhere\s+(?!true\b|\S+\s*=\s*\d)[^'\"`/;\-\[(]{1,400};?\s*\Z"
    r"|\s*(?:update|delete\s+from)\s[^'\"`$/;\-\[(]{1,400}?\swhere\s+[a-z_][\w.]*\s*[=<>]+\s*[^'\"`/;\-\[(]{1,400};?\s*\Z",
    re.IGNORECASE,
)
"""A plain UPDATE or DELETE with a WHERE on a column: skips the slower token checks."""
ROLE_HINT = re.compile("role|admin|superuser|staff|privilege|permission|access_level|scope|group_id", re.IGNORECASE)
