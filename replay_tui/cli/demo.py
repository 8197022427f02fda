"""`demo`: replays the sessions shipped with the program."""

from __future__ import annotations

import click

from replay_tui.cli.options import examples
from replay_tui.cli.output import claim_keyboard, require_terminal
from replay_tui.cli.user_settings import playing_options, settings
from replay_tui.domain.errors import UsageError


@click.command("demo", epilog=examples("demo", "demo 2"))
@click.argument("which", metavar="[N|NAME]", required=False)
@playing_options
def command(which: str | None, playing: bool, speed: float, idle: str | None) -> int:
    """Replay the sessions shipped with the program, without a network. `{` and `}` open the others."""
    from replay_tui.demo import demo_sessions

    number = _number(which, [(title, path.name) for title, path in demo_sessions()]) if which else 0
    require_terminal()
    claim_keyboard()
    from replay_tui.ui.run import run_replay

    return run_replay(None, demo=True, session=number, play=playing, speed=speed, idle=idle, settings=settings())


def _number(which: str, sessions: list[tuple[str, str]]) -> int:
    """Return the position of the session with a number (from 1) or with a part of its title or file name.

    Raises `UsageError`.
    """
    if which.isdecimal() and 1 <= int(which) <= len(sessions):
        return int(which) - 1
    for number, names in enumerate(sessions):
        if any(which.lower() in name.lower() for name in names):
            return number
    listed = ", ".join(f"{number} {title}" for number, (title, _) in enumerate(sessions, 1))
    raise UsageError(f"No demo session '{which}'. Choose one of: {listed}.")
