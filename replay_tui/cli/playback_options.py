"""How a replay begins, as options of the commands that open the interface; the settings say what is usual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from replay_tui.cli.gateway import settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def playing_options(command: Decorated) -> Decorated:
    """`--play`, `--speed` and `--idle`."""
    for option in (
        click.option(
            "--idle",
            type=click.Choice(["real", "cap", "log"]),
            default=lambda: settings().idle,
            help="Idle stretches as long as they were, two seconds at most, or their logarithm.",
        ),
        click.option(
            "--speed",
            type=click.FloatRange(0.25, 64),
            default=lambda: settings().speed,
            metavar="X",
            help="0.25 to 64.",
        ),
        click.option("--play", "playing", is_flag=True, help="Play at once instead of waiting at the first moment."),
    ):
        command = option(command)
    return command
