"""Evaluation of MongoDB filters: does a filter match every document?

A filter that only excludes impossible values (`_id: {$ne: null}`) counts as one that matches all.
"""

from __future__ import annotations

import re
from typing import Any

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.findings.mongo_syntax import Opaque

_IDENTIFIER = lazy_compile(r"(?:.*[._])?(?:id|uid|key)\Z|_id\Z", re.IGNORECASE)
_BEYOND_ALL = frozenset((("$gte", "MinKey"), ("$gt", "MinKey"), ("$lte", "MaxKey"), ("$lt", "MaxKey")))
_ANY_TEXT = lazy_compile(r"\^?(?:\(\?s\))?\.?\*?\??\$?\Z|\Z")


def matches_all(condition: Any, depth: int = 0) -> bool:
    """Return True if a filter matches every document: empty, always true, or without a real condition."""
    if not isinstance(condition, dict) or depth > 20:
        return False
    return all(_part_matches_all(name, value, depth) for name, value in condition.items())


def _part_matches_all(name: str, value: Any, depth: int) -> bool:
    parts = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    match name:
        case "$comment":
            return True
        case "$or":
            return any(matches_all(one, depth + 1) for one in parts)
        case "$and":
            return all(matches_all(one, depth + 1) for one in parts)
        case "$nor":
            return all(any(_matches_none(key, inner) for key, inner in one.items()) for one in parts)
        case "$expr":
            return _expression_is_true(value)
        case "$where":
            text = str(getattr(value, "text", value))
            return bool(
                re.fullmatch(
                    r"\s*(?:function\s*\(\)\s*\{)?\s*(?:return)?\s*(?:true|1|!0|1\s*==\s*1)\s*;?\s*\}?\s*", text
                )
            )
    return _field_matches_all(name, value)


def _field_matches_all(name: str, value: Any) -> bool:
    if isinstance(value, Opaque):
        return value.text.startswith("/") and bool(_ANY_TEXT.match(value.text[1:].rpartition("/")[0]))
    if not isinstance(value, dict) or not value:
        return False
    is_identifier = bool(_IDENTIFIER.match(name))
    for operator, operand in value.items():
        if operator == "$exists" and operand in (True, 1) and is_identifier:
            continue
        if operator in ("$ne", "$nin") and is_identifier and operand in (None, "", [], 0, -1):
            continue
        if operator in ("$gt", "$gte") and operand in (0, -1, None, "") and operand is not False:
            continue
        if isinstance(operand, Opaque) and (operator, operand.text) in _BEYOND_ALL:
            continue
        if (
            operator in ("$regex", "$options")
            and isinstance(operand, str)
            and (operator == "$options" or _ANY_TEXT.match(operand))
        ):
            continue
        if (
            operator == "$not"
            and isinstance(operand, dict)
            and any(_matches_none(name, {key: one}) for key, one in operand.items())
        ):
            continue
        if operator == "$in" and not isinstance(operand, list):
            return False
        return False
    return True


def _matches_none(name: str, value: Any) -> bool:
    """Return True for a condition on a field that no document is expected to meet."""
    if not isinstance(value, dict):
        return bool(_IDENTIFIER.match(name)) and value is None
    return value.get("$exists") in (False, 0) or value.get("$in") == []


def _expression_is_true(value: Any) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    if not isinstance(value, dict):
        return False
    for operator, operands in value.items():
        if (
            not isinstance(operands, list)
            or len(operands) != 2
            or any(isinstance(one, dict | list) for one in operands)
        ):
            return operator == "$literal" and bool(operands)
        left, right = operands
        if operator in ("$eq", "$gte", "$lte") and left == right:
            continue
        is_constant = all(isinstance(one, int | float) for one in operands)
        if operator == "$ne" and is_constant and left != right:
            continue
        if is_constant and (
            (operator in ("$gt", "$gte") and left > right) or (operator in ("$lt", "$lte") and left < right)
        ):
            continue
        return False
    return True
