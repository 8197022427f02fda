"""`play`: the replay screen. The source is looked at first, so that what cannot be read never flashes a screen."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain

import click

from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.source import growing
from replay_tui.cli.terminal import claim_keyboard, need_terminal, take_stdin
from replay_tui.domain.times import parse_time
from replay_tui.sources.loaded import Times


@click.command(
    "play",
    epilog=examples(
        "session.json",
        "session.json --at flagged",
        "session.json --at 1:02:03 --play --speed 4 --idle log",
        "session.json.gz --size 120x36",
        "- < session.json",
    ),
)
@session_argument
@click.option("--at", metavar="T|flagged", help="Start at 95.5, 1:02:03, 50%, @14:03:07 (UTC) or the first flag.")
@click.option("--play", "playing", is_flag=True, help="Play at once instead of waiting at the first moment.")
@click.option("--speed", type=click.FloatRange(0.25, 64), default=1.0, metavar="X", help="0.25 to 64.")
@click.option(
    "--idle",
    type=click.Choice(["real", "cap", "log"]),
    default="real",
    show_default=True,
    help="Idle stretches as long as they were, two seconds at most, or their logarithm.",
)
@click.option("--follow", is_flag=True, help="Follow a session that is still running.")
@click.option("--read-only", is_flag=True, help="Send nothing to the gateway: no review, no kill, no edit.")
@size_option
@source_options
def command(
    session: str,
    at: str | None,
    playing: bool,
    speed: float,
    idle: str,
    follow: bool,
    read_only: bool,
    size: tuple[int, int] | None,
    times: Times,
    api_url: str | None,
) -> int:
    """Watch a session: the screen as it was, its timeline, who did it, its review and its risk."""
    if at is not None and at != "flagged":
        parse_time(at, 1.0, start=datetime.now(UTC), zone=UTC)  # a text that is no time is refused before the screen
    opened = growing(session, times=times, api_url=api_url, stdin=take_stdin() if session == "-" else None)
    first = next(opened)  # whatever is no session fails here, before anything is drawn
    need_terminal()
    claim_keyboard()
    from replay_tui.ui.app import run_replay

    return run_replay(
        session,
        opened=chain([first], opened),
        at=at,
        play=playing,
        speed=speed,
        idle=idle,
        size=size,
        times=times,
        follow=follow,
        read_only=read_only,
    )
