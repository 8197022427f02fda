"""All rules of a user: those in the settings, and those of a folder with Sigma rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from replay_tui.findings.rules import Rule, custom_rules


def user_rules(rows: Iterable[Mapping[str, Any]], sigma_folder: str | None) -> tuple[Rule, ...]:
    """Return the rules of the tables `rows` and of a folder, if there is one. Raises `UsageError`."""
    rules = custom_rules(rows)
    if sigma_folder:
        from replay_tui.findings.sigma_rules import load_sigma_rules  # rarely needed

        rules += load_sigma_rules(sigma_folder).rules
    return rules
