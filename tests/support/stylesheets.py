"""Cache of parsed Textual CSS shared by all applications of a process.

Textual parses the same 90 pieces of CSS again for each application, which costs a tenth of a start. Parsed rules are
not modified: Textual itself reuses them for the lifetime of one application.
"""

from __future__ import annotations

from typing import Any

from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.tokenize import Token

_parse, _tokenize_values = stylesheet.parse, stylesheet.tokenize_values
_rules: dict[tuple[object, ...], list[RuleSet]] = {}
_values: dict[frozenset[tuple[str, str]], dict[str, list[Token]]] = {}
"""Tokens of a theme's variables. Never removed, so that the identity of a value can be part of a key of `_rules`."""


def _cached_values(values: dict[str, str]) -> dict[str, list[Token]]:
    key = frozenset(values.items())
    if key not in _values:
        _values[key] = _tokenize_values(values)
    return _values[key]


def _cached_parse(*place: Any, variable_tokens: dict[str, list[Token]], **options: Any) -> list[RuleSet]:
    key = (*place, id(variable_tokens), *sorted(options.items()))
    if key not in _rules:
        _rules[key] = list(_parse(*place, variable_tokens=variable_tokens, **options))
    return _rules[key]


def share_parsed_css() -> None:
    """Parse each piece of CSS once per theme from now on."""
    stylesheet.parse, stylesheet.tokenize_values = _cached_parse, _cached_values  # type: ignore[assignment]
