"""The user's settings, read once per run of the program, and the playback options that they are the defaults of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from replay_tui.cli.options import PLAIN_HTTP
from replay_tui.cli.output import print_status
from replay_tui.domain.known_secrets import set_credential_headers
from replay_tui.domain.risk import Severity
from replay_tui.settings.config import Settings, load_settings

_SETTINGS = "replay_tui.settings"
"""Key in the click context: the settings, read once."""


def settings() -> Settings:
    """Return the user's settings, read once per run; errors in them are printed on stderr."""
    meta = _meta()
    if _SETTINGS not in meta:
        meta[_SETTINGS], warnings = load_settings()
        for warning in warnings:
            print_status(warning)
        Severity.set_labels(meta[_SETTINGS].severities)
        set_credential_headers(meta[_SETTINGS].credential_headers)
        if meta[_SETTINGS].filters:
            from replay_tui.gateway.session_list import set_saved_filters  # not needed for a file

            set_saved_filters(meta[_SETTINGS].filters)
    found: Settings = meta[_SETTINGS]
    return found


def plain_http_allowed() -> bool:
    """Return True if a flag or a setting allows unencrypted requests to another machine."""
    return bool(_meta().get(PLAIN_HTTP)) or settings().allow_plain_http


def _meta() -> dict[str, Any]:
    """Return the data of this run of the program, in the click context."""
    context = click.get_current_context(silent=True)
    return context.meta if context else {}


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
