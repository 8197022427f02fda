"""Recognition of queries that read only the database's catalogue, which clients send on their own (`\\d` in psql)."""

from __future__ import annotations

from itertools import pairwise

from replay_tui.decoders.sql.tokenizer import NAME, OPERATOR, SEMICOLON, WORD, Token, significant_tokens

_SCHEMAS = frozenset(("PG_CATALOG", "INFORMATION_SCHEMA"))
_RELATION_FOLLOWS = frozenset(("FROM", "JOIN", "TABLE", "INTO", "UPDATE"))
_RELATIONS_END = frozenset(("WHERE", "GROUP", "ORDER", "HAVING", "UNION", "EXCEPT", "INTERSECT", "LIMIT", "SELECT"))
_BEFORE_RELATION = frozenset(("ONLY", "LATERAL"))
_NO_FUNCTIONS = frozenset(
    ("IN", "AND", "OR", "NOT", "ON", "WHERE", "SELECT", "FROM", "JOIN", "WHEN", "THEN", "ELSE", "CASE", "ANY", "ALL",
     "SOME", "EXISTS", "OPERATOR", "AS", "UNION", "VALUES", "ARRAY", "LATERAL", "BY", "OVER", "FILTER", "USING")
)  # fmt: skip
_FUNCTIONS = frozenset(
    ("CAST", "COALESCE", "CONCAT", "COUNT", "GENERATE_SERIES", "LENGTH", "LOWER", "MAX", "MIN", "NULLIF", "ROW_NUMBER",
     "STRING_AGG", "SUBSTR", "SUBSTRING", "TRIM", "UNNEST", "UPPER")
)  # fmt: skip
_FUNCTION_PREFIXES = (
    "ARRAY_", "COL_DESCRIPTION", "CURRENT_SCHEMA", "FORMAT_TYPE", "HAS_", "OBJ_DESCRIPTION", "PG_DATABASE_SIZE",
    "PG_ENCODING_", "PG_FUNCTION_IS_", "PG_GET_", "PG_PARTITION_", "PG_RELATION_", "PG_SIZE_", "PG_TABLE_IS_",
    "PG_TABLE_SIZE", "PG_TABLESPACE_", "PG_TOTAL_RELATION_", "PG_TYPE_IS_", "QUOTE_IDENT", "SHOBJ_DESCRIPTION",
)  # fmt: skip
"""Functions that only describe. Others of the catalogue read files, end connections or run a query in a text."""
_RELATIONS_WITH_DATA = (
    "PG_AUTHID", "PG_SHADOW", "PG_STAT", "PG_LARGEOBJECT", "PG_USER_MAPPING", "PG_HBA", "PG_FILE_SETTINGS",
    "PG_SUBSCRIPTION", "USER_MAPPING", "_PG_USER_MAPPING",
)  # fmt: skip
"""Beginnings of names of tables with passwords, with values of users' tables, or with texts of their queries."""
MAX_TOKENS = 2000


def is_catalog_query(sql: str) -> bool:
    """Return True if a PostgreSQL query only describes the database.

    It names a table of the catalogue, no other table, none with passwords or data, and no unknown function.
    The name of a table must have its schema, because a user may create a table of any name.
    """
    folded = sql[:20_000].lower()
    if "pg_catalog." not in folded and "information_schema." not in folded:
        return False
    tokens = significant_tokens(sql, "postgres", MAX_TOKENS + 1)
    if len(tokens) > MAX_TOKENS or not tokens or tokens[0].text != "SELECT":
        return False
    return all(_relations(tokens)) and not any(_foreign_functions(tokens))


def _relations(tokens: list[Token]) -> list[bool]:
    """Return for each relation whether it belongs to the catalogue; [False] if there is none."""
    found: list[bool] = []
    in_from = [False]
    expects = False
    for at, token in enumerate(tokens):
        is_word = token.kind == WORD
        if token.kind == SEMICOLON and at < len(tokens) - 1:
            return [False]  # another statement
        if is_word and token.text in _RELATION_FOLLOWS:
            expects = in_from[-1] = True
        elif is_word and token.text in _RELATIONS_END:
            expects = in_from[-1] = False
        elif is_word and token.text == "ON":
            expects = False  # a comma after the condition continues the list
        elif token.kind == OPERATOR and token.text == "(":
            in_from.append(expects)
        elif token.kind == OPERATOR and token.text == ")":
            expects = False
            if len(in_from) > 1:
                in_from.pop()
        elif token.kind == OPERATOR and token.text == ",":
            expects = in_from[-1]
        elif expects and not (is_word and token.text in _BEFORE_RELATION):
            found.append(_is_in_catalog(tokens, at))
            expects = False
    return found or [False]


def _is_in_catalog(tokens: list[Token], at: int) -> bool:
    schema, dot, name = [*(token.text.upper() for token in tokens[at : at + 3]), "", "", ""][:3]
    is_name = tokens[at].kind in (WORD, NAME)
    has_data = name.startswith(_RELATIONS_WITH_DATA) and name != "PG_STATISTIC_EXT"
    return is_name and schema in _SCHEMAS and dot == "." and not has_data


def _foreign_functions(tokens: list[Token]) -> list[bool]:
    """Return for each function whether it may be one of the user's own, or one that does more than describe."""
    found: list[bool] = []
    for at, (token, after) in enumerate(pairwise(tokens)):
        if after.text != "(" or token.kind not in (WORD, NAME) or token.text in _NO_FUNCTIONS:
            continue
        before = tokens[at - 1].text if at else ""
        if before == "AS":  # an alias with the names of its columns
            continue
        is_known = token.text in _FUNCTIONS or token.text.startswith(_FUNCTION_PREFIXES)
        is_own = before == "." and tokens[at - 2].text.upper() not in _SCHEMAS
        found.append(not is_known or is_own)
    return found
