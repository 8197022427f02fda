"""`play`: the replay screen. The source is looked at first, so that what cannot be read never flashes a screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click

from replay_tui.cli.gateway import connect, is_configured, settings
from replay_tui.cli.open_session import connect_to_session, is_remote, iter_loaded
from replay_tui.cli.options import complete_session, examples, size_option, source_options
from replay_tui.cli.playback_options import playing_options
from replay_tui.cli.tty import claim_keyboard, require_terminal, take_stdin
from replay_tui.domain.errors import UsageError
from replay_tui.domain.time_format import parse_time
from replay_tui.sources.loaded_session import TimeUnit


@click.command(
    "play",
    epilog=examples(
        "session.json",
        "session.json --at flagged",
        "session.json --at 1:02:03 --play --speed 4 --idle log",
        "session.json.gz --size 120x36",
        "- < session.json",
        "night/*.json.gz    # several: { and } go through them, F lists what was found in all",
        "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c --batch",
    ),
)
@click.argument("sessions", metavar="[SESSION]...", nargs=-1, shell_complete=complete_session)
@click.option("--at", metavar="T|flagged", help="Start at 95.5, 1:02:03, 50%, @14:03:07 (UTC) or the first flag.")
@playing_options
@click.option("--follow", is_flag=True, help="Follow a session that is still running.")
@click.option("--batch", is_flag=True, help="Open with it the sessions of the same batch or correlation id.")
@click.option("--flagged", is_flag=True, help="Without SESSION: list only flagged sessions.")
@click.option("--read-only", is_flag=True, help="Send nothing to the gateway: no review, no kill, no edit.")
@size_option
@source_options
def command(
    sessions: tuple[str, ...],
    at: str | None,
    playing: bool,
    speed: float,
    idle: str,
    follow: bool,
    batch: bool,
    flagged: bool,
    read_only: bool,
    size: tuple[int, int] | None,
    times: TimeUnit,
    api_url: str | None,
) -> int:
    """Watch a session: the screen as it was, its timeline, who did it, its review and its risk.

    Without SESSION: the list of the configured gateway's sessions, or the demo where there is no gateway. Several
    sessions, or a batch, are a list: its next one is a key away, and its findings are shared.
    """
    session, more = _checked(sessions, batch=batch)
    if at is not None and at != "flagged":
        parse_time(at, 1.0, start=datetime.now(UTC), zone=UTC)  # a text that is no time is refused before the screen
    read_only = read_only or settings().read_only
    how: dict[str, Any] = {"at": at, "play": playing, "speed": speed, "idle": idle, "size": size, "times": times}
    how |= {"follow": follow, "read_only": read_only, "flagged": flagged, "batch": batch}
    if session is None and not api_url and not is_configured():
        return _run(None, demo=True, **how)
    if session is None or is_remote(session):
        return _play_remote(session, more, api_url, how)
    opened = iter_loaded(session, times=times, stdin=take_stdin() if session == "-" else None)
    first = next(opened)  # whatever is no session fails here, before anything is drawn
    return _run(session, opened=chain([first], opened), more=more, **how)


def _checked(sessions: Sequence[str], *, batch: bool) -> tuple[str | None, Sequence[str]]:
    """The first session and those that follow it. Raises `UsageError` for a list that cannot be."""
    if not sessions:
        if batch:
            raise UsageError("--batch goes with a SESSION, whose batch is opened.")
        return None, ()
    if len(sessions) > 1:
        if "-" in sessions:
            raise UsageError("Standard input is one session; it cannot be opened together with others.")
        if len({is_remote(one) for one in sessions}) > 1:
            raise UsageError("Name either saved files or sessions of the gateway; they cannot be in one list.")
        if batch:
            raise UsageError("--batch goes with one SESSION, whose batch is opened.")
    return sessions[0], sessions[1:]


def _play_remote(session: str | None, more: Sequence[str], api_url: str | None, how: dict[str, Any]) -> int:
    if session is None:
        client, session_id = connect(api_url, read_only=how["read_only"]), None
    else:
        client, session_id = connect_to_session(session, api_url, read_only=how["read_only"])
    from replay_tui.gateway.session_reference import session_id_of

    with client:
        if session_id is not None:
            client.read.session(session_id)  # one that is not given fails here, before anything is drawn
        ids = [session_id_of(one, client.credentials.address) for one in more]
        return _run(session_id, client=client, more=ids, **how)


def _run(source: str | None, **how: Any) -> int:
    require_terminal()
    claim_keyboard()
    from replay_tui.ui.run import run_replay

    return run_replay(source, settings=settings(), **how)
