"""Playback options of the commands that open the interface; the settings provide the defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from replay_tui.cli.user_settings import settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def playing_options(command: Decorated) -> Decorated:
    """Add `--play`, `--speed` and `--idle` to a command."""
    for option in (
        click.option(
            "--idle",
            type=click.Choice(["real", "cap", "log"]),
            default=lambda: settings().idle,
            help="Idle gaps: real length, capped at 2 s, or logarithmic; else the limit of an asciicast, or real.",
        ),
        click.option(
            "--speed",
            type=click.FloatRange(0.25, 64),
            default=lambda: settings().speed,
            metavar="X",
            help="Playback speed, 0.25 to 64.",
        ),
        click.option("--play", "playing", is_flag=True, help="Start playing instead of paused."),
    ):
        command = option(command)
    return command
