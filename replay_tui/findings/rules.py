"""Finding rules as data: the shipped ones (`rules.toml`) and custom ones from the settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import TimeLimitedPattern
from replay_tui.findings.process_condition import ProcessCondition

CUSTOM_RULE_TARGETS = ("sql", "shell", "pipeline", "http", "mongo", "mcp")
MAX_PATTERN_CHARS, MAX_TEXT_CHARS = 1000, 4096
"""Limits for custom rules: characters of the pattern, and of the text that it is applied to."""
MAX_REPETITIONS = 6
_PATTERN_TOKEN = lazy_compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?[aiLmsux-]+\)|\(|\)|[*+]|\{\d*,\d*\}|\{\d+\}|.", re.DOTALL)


class Rule(Struct, frozen=True):
    """A finding rule with a `pattern`, the name of a `check` function, or both, or a condition on a `process`.

    Attributes:
        message: the text displayed for a finding.
        targets: the kinds of statements, or `input`, `stream`, `judgement` (AI analysis and guardrails), `process`.
        exception: a text that matches it is no finding.
        low_pattern: a text that matches it too has the severity low.
        custom: True for a rule from the settings, whose pattern is applied to the unmodified text of a statement.
        process: condition on a process that a command starts, instead of `pattern` and `check`.
        informational: True for control sequences that every prompt or full-screen program sends.
    """

    name: str
    severity: Severity
    message: str
    targets: tuple[str, ...]
    pattern: re.Pattern[str] | TimeLimitedPattern | None = None
    check: str = ""
    exception: re.Pattern[str] | None = None
    low_pattern: re.Pattern[str] | None = None
    custom: bool = False
    informational: bool = False
    process: ProcessCondition | None = None


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Return the rules of `rules.toml`."""
    text = Path(__file__).with_name("rules.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            row["name"],
            Severity(row["severity"]),
            row["sentence"],
            tuple(row["where"]),
            lazy_compile(row["pattern"], re.DOTALL) if "pattern" in row else None,
            row.get("check", ""),
            lazy_compile(row["except"], re.DOTALL) if "except" in row else None,
            lazy_compile(row["low"], re.DOTALL) if "low" in row else None,
            informational=row.get("routine", False),
        )
        for row in tomllib.loads(text)["rule"]
    )


def custom_rules(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules in the settings. Raises `UsageError`, which names the rule and the problem.

    A row has `name`, `pattern` and optionally `severity`, `sentence` (the message) and `where` (targets; default: all).
    `message` and `target` are accepted instead of `sentence` and `where`.
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
        raise UsageError(f"Rule '{name}' has an unknown severity; use low, medium, high or a label from [severities].")
    value = row.get("where", row.get("target", list(CUSTOM_RULE_TARGETS)))
    targets = (value,) if isinstance(value, str) else tuple(map(str, value)) if isinstance(value, list) else ()
    if not targets or not set(targets) <= set(CUSTOM_RULE_TARGETS):
        raise UsageError(f"Rule '{name}' has an unknown value for where; use {', '.join(CUSTOM_RULE_TARGETS)}.")
    message = str(row.get("sentence") or row.get("message") or f"Matches the rule {name}.")
    return Rule(name, severity, message, targets, safe_pattern(name, pattern), custom=True)


def safe_pattern(name: str, pattern: str) -> TimeLimitedPattern:
    """Compile a custom pattern, ignoring case. Raises `UsageError` for an invalid pattern or nested repetition."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise UsageError(f"The pattern of rule '{name}' is longer than {MAX_PATTERN_CHARS} characters; shorten it.")
    if _may_run_without_end(pattern):
        raise UsageError(
            f"The pattern of rule '{name}' has nested repetitions such as (a+)+, more than {MAX_REPETITIONS} "
            "repetitions or a back-reference, and could run without end; simplify it."
        )
    try:
        return TimeLimitedPattern(pattern)
    except UsageError as error:
        raise UsageError(f"The pattern of rule '{name}' is not a valid regular expression ({error}).") from None


def _may_run_without_end(pattern: str) -> bool:
    """Return True for a repeated group with a repetition in it, a back-reference, or too many repetitions."""
    stack, closed, repetitions = [False], False, 0
    for match in _PATTERN_TOKEN.finditer(pattern):
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
            repetitions += 1
            if closed or repetitions > MAX_REPETITIONS:
                return True
            stack[-1] = True
        elif token.startswith("{") and closed:
            return True
        closed = False
    return "(?P=" in pattern
