"""`rules`: lists the finding rules, and tests them with a user's examples."""

from __future__ import annotations

import json
from pathlib import Path

import click

from replay_tui.cli.options import examples
from replay_tui.cli.output import print_status, write
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.errors import UsageError
from replay_tui.settings.config import load_settings


@click.group("rules", no_args_is_help=False, epilog=examples("rules list", "rules test examples.txt --kind postgres"))
def command() -> None:
    """List the finding rules, and test them with examples."""


_sigma_option = click.option("--sigma", metavar="FOLDER", help="Use the Sigma rules in FOLDER (extra sigma).")


@command.command("list", epilog=examples("rules list", "rules list --sigma rules/linux"), short_help="Print all rules.")
@_sigma_option
def list_rules(sigma: str | None) -> None:
    """Print all rules: name, severity and message; and the Sigma rules that are not used, with the reason."""
    from replay_tui.findings.rules import custom_rules, shipped_rules
    from replay_tui.findings.sigma_rules import SigmaRules, load_sigma_rules

    settings, warnings = load_settings()
    for warning in warnings:
        print_status(warning)
    folder = sigma or settings.sigma_rules
    loaded = load_sigma_rules(folder) if folder else SigmaRules((), ())
    for rule in (*shipped_rules(), *custom_rules(settings.rules), *loaded.rules):
        write(sanitize(f"{rule.name:22} {rule.severity.label:7} {rule.message}"))
    for name, reason in loaded.not_used:
        write(sanitize(f"not used: {name}: {reason}"))
    if folder:
        print_status(f"{pluralize(len(loaded.rules), 'Sigma rule')}, {len(loaded.not_used)} not used.")


@command.command(
    "test",
    epilog=examples("rules test examples.txt", "rules test examples.txt --kind postgres"),
    short_help="Test the rules with good and bad examples.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", default="shell", show_default=True, help="shell, postgres, mysql, mssql, oracledb or mongodb.")
@_sigma_option
def test(file: Path, kind: str, sigma: str | None) -> int:
    """Check that bad examples have a finding, and that good ones have none of medium or high severity.

    A line of FILE is an example: + and a blank before a bad one, - and a blank before a good one. A JSON file is a list
    of objects with text and bad. The exit code is 1 if an example is wrong.
    """
    from replay_tui.findings.examples import KINDS, judge_examples
    from replay_tui.findings.user_rules import user_rules

    if kind not in KINDS:
        raise UsageError(f"Unknown kind '{sanitize(kind)}'; use {', '.join(KINDS)}.")
    settings, warnings = load_settings()
    for warning in warnings:
        print_status(warning)
    rows = read_examples(file)
    results = judge_examples(rows, kind, user_rules(settings.rules, sigma or settings.sigma_rules))
    wrong = [one for one in results if not one.is_right]
    for one in wrong:
        problem = "no finding" if one.is_bad else f"found by {', '.join(one.rules)}"
        write(sanitize(f"{problem}: {one.text}"))
    print_status(f"{pluralize(len(results), 'example')}, {len(wrong)} wrong.")
    return 1 if wrong else 0


def read_examples(file: Path) -> list[tuple[str, bool]]:
    """Return (text, is bad) of the examples in a file. Raises `UsageError` if it has none."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{sanitize(file)} cannot be read ({error.strerror}).") from None
    if text.lstrip()[:1] == "[":
        try:
            rows = [(str(row["text"]), bool(row["bad"])) for row in json.loads(text)]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageError(f"{sanitize(file)} is no list of objects with text and bad.") from None
    else:
        rows = [(line[2:], line[0] == "+") for line in text.splitlines() if line[:2] in ("+ ", "- ")]
    if not rows:
        raise UsageError(f"{sanitize(file)} has no example; a line begins with + or - and a blank.")
    return rows
