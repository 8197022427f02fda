"""Options that select sessions of the library, each with its opposite (`--user`, `--not-user`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from replay_tui.archive.library.selection import Condition, DateCondition, Selection
from replay_tui.cli.options import DateParam

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_HELP = {
    "user": "E-mail, name or id of the user; * stands for any characters.",
    "connection": "Name of the connection; * stands for any characters.",
    "type": "Connection type: database, application, custom, httpproxy.",
    "verb": "connect or exec.",
    "risk": "high, medium, low or none: AI analysis, guardrail matches and findings together.",
    "review": "Status of the review, such as pending, or none.",
}
_DATES = {
    "since": "Started at or after: 2026-11-20, 2026-11-20T09:30, 8h, 7d, 2w. UTC.",
    "until": "Started at or before; same forms as --since.",
}


def selection_options(command: Decorated) -> Decorated:
    """Add the options; the command gets their values as keywords, for `selection_of`."""
    for name, text in reversed(_DATES.items()):
        command = click.option(f"--not-{name}", f"not_{name}", type=DateParam(), hidden=True)(command)
        command = click.option(f"--{name}", name, type=DateParam(), help=text)(command)
    for name, text in reversed(_HELP.items()):
        hint = f"All but these; the same for --not-{', --not-'.join([*_HELP, *_DATES][1:])}."
        command = click.option(
            f"--not-{name}", f"not_{name}", multiple=True, metavar="TEXT", help=hint, hidden=name != "user"
        )(command)
        command = click.option(f"--{name}", name, multiple=True, metavar="TEXT", help=f"{text} Can be repeated.")(
            command
        )
    return command


def selection_of(values: Mapping[str, Any]) -> Selection:
    """Return the selection for the values of `selection_options`."""
    found: list[Condition | DateCondition] = []
    for name in _HELP:
        for key, negated in ((name, False), (f"not_{name}", True)):
            if values[key]:
                found.append(Condition(name, tuple(values[key]), negated))
    for name in _DATES:
        for key, negated in ((name, False), (f"not_{name}", True)):
            if values[key]:
                found.append(DateCondition(**{name: values[key]}, negated=negated))
    return Selection(tuple(found))
