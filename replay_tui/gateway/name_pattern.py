"""Name patterns of filters: `*` stands for any text, `?` for one character, a backslash takes either literally.

The gateway compares names with SQL's LIKE, whose wildcards `%` and `_` occur in real names (`prod_db`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from replay_tui.domain.lazy_regex import lazy_compile

_TOKEN = lazy_compile(r"\\[*?\\]|.", re.DOTALL)
_WILDCARDS = {"*": ("%", ".*"), "?": ("_", ".")}


def like_pattern(text: str) -> str:
    """Return the pattern for SQL's LIKE, with the characters that are special there escaped."""
    return "".join(_as_like(token) for token in _TOKEN.findall(text))


def name_matcher(text: str) -> Callable[[str], bool]:
    """Return a function that compares a whole name with the pattern, ignoring case."""
    made = "".join(
        _WILDCARDS[token][1] if token in _WILDCARDS else re.escape(token[-1]) for token in _TOKEN.findall(text)
    )
    compiled = re.compile(made, re.DOTALL | re.IGNORECASE)
    return lambda name: compiled.fullmatch(name) is not None


def _as_like(token: str) -> str:
    if token in _WILDCARDS:
        return _WILDCARDS[token][0]
    return f"\\{token[-1]}" if token[-1] in "%_\\" else token[-1]
