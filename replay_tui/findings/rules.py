"""Rules as data: the shipped ones (`rules.toml`) and the user's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import TimeLimitedPattern

RULE_TARGETS = ("sql", "shell", "pipeline", "http", "mongo", "mcp", "input", "stream", "judgement")
MAX_PATTERN_CHARS, MAX_TEXT_CHARS = 1000, 4096
"""Characters of a user's pattern, and of the text that it is searched in: together they bound the work."""
_GROUPS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?[aiLmsux-]+\)|\(|\)|[*+]|\{\d*,\d*\}|\{\d+\}|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its `name`, how severe, the `sentence` shown, `where` it looks, and a `pattern` or a `check` in code.

    `own` marks a user's rule, whose pattern is searched in the statement's text as it stands. What is `routine` is sent
    by every prompt or full-screen program.
    """

    name: str
    severity: Severity
    message: str
    target: tuple[str, ...]
    pattern: re.Pattern[str] | TimeLimitedPattern | None = None
    check: str = ""
    custom: bool = False
    informational: bool = False


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with the program."""
    text = (files("replay_tui.findings") / "rules.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            row["name"],
            Severity(row["severity"]),
            row["sentence"],
            tuple(row["where"]),
            re.compile(row["pattern"], re.DOTALL) if "pattern" in row else None,
            row.get("check", ""),
            informational=row.get("routine", False),
        )
        for row in tomllib.loads(text)["rule"]
    )


def custom_rules(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from a user's settings: `name`, `pattern`, and optionally `severity`, `sentence`, `where` (all by default).

    Raises `UsageError` with a sentence that names the rule and what is wrong with it.
    """
    return tuple(_custom_rule(row) for row in rows)


def _custom_rule(row: Mapping[str, Any]) -> Rule:
    name, pattern = str(row.get("name") or ""), row.get("pattern")
    if not name:
        raise UsageError('A rule has no name; give it one with name = "...".')
    if not isinstance(pattern, str) or not pattern:
        raise UsageError(f"Rule '{name}' has no pattern; give it one with pattern = \"...\".")
    severity = Severity.parse(row.get("severity", "medium"))
    if severity is None:
        raise UsageError(
            f"Rule '{name}' has an unknown severity; use low, medium or high, or a word of your own from [severities]."
        )
    given = row.get("where", list(RULE_TARGETS[:6]))
    where = (given,) if isinstance(given, str) else tuple(map(str, given)) if isinstance(given, list) else ()
    if not where or not set(where) <= set(RULE_TARGETS[:6]):
        raise UsageError(f"Rule '{name}' has an unknown place; use {', '.join(RULE_TARGETS[:6])}.")
    sentence = str(row.get("sentence") or f"Matches the rule {name}.")
    return Rule(name, severity, sentence, where, safe_pattern(name, pattern), custom=True)


def safe_pattern(name: str, pattern: str) -> TimeLimitedPattern:
    """A user's pattern, which ignores case. Raises `UsageError` for one that is broken or sure to take too long."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise UsageError(f"The pattern of rule '{name}' is longer than {MAX_PATTERN_CHARS} characters.")
    if _has_nested_repetition(pattern):
        raise UsageError(
            f"The pattern of rule '{name}' repeats something that repeats, such as (a+)+, or refers back to a group; "
            "such a pattern can run for ever, so write it without."
        )
    try:
        return TimeLimitedPattern(pattern)
    except UsageError as error:
        raise UsageError(f"The pattern of rule '{name}' cannot be read: {error}.") from None


def _has_nested_repetition(pattern: str) -> bool:
    """Whether a group that holds a repetition is itself repeated, or a group is referred back to."""
    stack, closed, repeats = [False], False, 0
    for match in _GROUPS.finditer(pattern):
        token = match[0]
        if re.fullmatch(r"\\[1-9]", token) or token.startswith("(?P="):
            return True
        if token == "(":
            stack.append(False)
        elif token == ")" and len(stack) > 1:
            inner = stack.pop()
            stack[-1] = stack[-1] or inner
            closed = inner
            continue
        elif token in ("*", "+") or (token.startswith("{") and "," in token):
            repeats += 1
            if closed or repeats > 6:
                return True
            stack[-1] = True
        elif token.startswith("{") and closed:
            return True
        closed = False
    return "(?P=" in pattern
