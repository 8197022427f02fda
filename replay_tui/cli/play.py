"""`play`: opens the replay screen, after reading the start of the source, so that errors appear before it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from replay_tui.cli.gateway import connect, connect_to_session, is_configured
from replay_tui.cli.open_session import from_library, is_remote, iter_loaded, split_moment
from replay_tui.cli.options import (
    archive_option,
    complete_session,
    examples,
    given_archive,
    given_encoding,
    given_timing,
    size_option,
    source_options,
)
from replay_tui.cli.output import claim_keyboard, require_terminal, take_stdin
from replay_tui.cli.user_settings import plain_http_allowed, playing_options, settings
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.times import parse_time
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.ui.session_ref import SessionRef


@click.command(
    "play",
    epilog=examples(
        "session.json",
        "session.json --at flagged",
        "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c@0:12:03.480   # as `find` prints it",
        "session.json --at 1:02:03 --play --speed 4 --idle log",
        "session.json.gz --size 120x36",
        "- < session.json",
        "night/*.json.gz    # several: { and } open the others, F lists all findings",
        "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c --batch",
    ),
)
@click.argument("sessions", metavar="[SESSION]...", nargs=-1, shell_complete=complete_session)
@click.option(
    "--at",
    metavar="T|flagged",
    help="Start at 95.5, 1:02:03, 50%, @14:03:07, @2026-11-03T01:00 (UTC) or the worst moment.",
)
@playing_options
@click.option("--follow", is_flag=True, help="Follow a running session.")
@click.option("--batch", is_flag=True, help="Also list the sessions of the same batch or correlation id.")
@click.option("--flagged", is_flag=True, help="Without SESSION: list only flagged sessions.")
@click.option("--read-only", is_flag=True, help="Send no changes to the gateway: no review, no kill, no edit.")
@size_option
@archive_option
@source_options
def command(
    sessions: tuple[str, ...],
    at: str | None,
    playing: bool,
    speed: float,
    idle: str | None,
    follow: bool,
    batch: bool,
    flagged: bool,
    read_only: bool,
    size: tuple[int, int] | None,
    times: TimeUnit,
    api_url: str | None,
) -> int:
    """Replay a session: its screen, timeline, metadata, review, risk and findings.

    Without SESSION: the list of the configured gateway's sessions, or the demo if no gateway is configured. Several
    sessions, or a batch, form a list: { and } open the others, F lists their findings.
    """
    session, more = _split_sessions(sessions, batch=batch)
    if session is not None and at is None:
        session, at = split_moment(session)
    if at is not None and at != "flagged":
        parse_time(at, 1.0, start=datetime.now(UTC), zone=UTC)  # reports an invalid time before the interface starts
    read_only = read_only or settings().read_only
    options: dict[str, Any] = {"at": at, "play": playing, "speed": speed, "idle": idle, "size": size, "times": times}
    options |= {"follow": follow, "read_only": read_only, "flagged": flagged, "batch": batch}
    options["encoding"], options["archive"] = given_encoding(), given_archive()
    options["timing"] = given_timing()
    if more and given_timing():
        raise UsageError("--timing needs exactly one SESSION.")
    if settings().archive:
        options["on_opened"] = _adder()
    if session is None and not api_url and not is_configured():
        return _run(None, demo=True, **options)
    if session is not None and session != "-" and not os.path.exists(session) and (stored := from_library(session)):
        session, loaded = stored
        if loaded is not None:
            return _run(session, opened=iter([loaded]), more=more, **options)
    if session is None or is_remote(session):
        return _play_remote(session, more, api_url, options)
    opened = iter_loaded(session, times=times, stdin=take_stdin() if session == "-" else None)
    first = next(opened)  # an invalid session fails here, before the interface starts
    return _run(session, opened=chain([first], opened), more=more, **options)


def _adder() -> Callable[[SessionRef], object]:
    """Return a function that adds an opened session to the library."""
    from replay_tui.cli.background_add import add_in_background

    flags = ["--allow-plain-http"] if plain_http_allowed() else []
    archive = given_archive()

    def add(ref: SessionRef) -> None:
        options = ["--api-url", ref.client.credentials.address.base, *flags] if ref.client else []
        add_in_background(ref, archive=archive, options=options)

    return add


def _split_sessions(sessions: Sequence[str], *, batch: bool) -> tuple[str | None, Sequence[str]]:
    """Return the first session and the rest of the list. Raises `UsageError` for an invalid combination."""
    if not sessions:
        if batch:
            raise UsageError("--batch needs a SESSION.")
        return None, ()
    if len(sessions) > 1:
        if "-" in sessions:
            raise UsageError("Standard input (-) cannot be combined with other sessions.")
        if len({is_remote(one) for one in sessions}) > 1:
            raise UsageError("Saved files and sessions of a gateway cannot be in one list. Name only one kind.")
        if batch:
            raise UsageError("--batch needs exactly one SESSION.")
    return sessions[0], sessions[1:]


def _play_remote(session: str | None, more: Sequence[str], api_url: str | None, options: dict[str, Any]) -> int:
    from replay_tui.gateway.gateway_url import session_id_of
    from replay_tui.gateway.session_download import SessionDownload

    if session is None:
        client, session_id = connect(api_url, read_only=options["read_only"]), None
    else:
        try:
            client, session_id = connect_to_session(session, api_url, read_only=options["read_only"])
        except GatewayError as error:
            return _play_stored(session, options, error)
    with client:
        if session_id is not None:
            try:
                # An unavailable session fails here, before the interface starts.
                SessionDownload(client, session_id).check()
            except GatewayError as error:
                return _play_stored(session_id, options, error)
        ids = [session_id_of(one, client.credentials.address) for one in more]
        return _run(session_id, client=client, more=ids, **options)


def _play_stored(session: str, options: dict[str, Any], error: GatewayError) -> int:
    """Replay the text that the library has of a session that the gateway does not return, else raise `error`."""
    stored = from_library(session, text_only=True)
    if stored is None or stored[1] is None:
        raise error
    return _run(stored[0], opened=iter([stored[1]]), **options)


def _run(source: str | None, **options: Any) -> int:
    require_terminal()
    claim_keyboard()
    from replay_tui.ui.run import run_replay

    return run_replay(source, settings=settings(), **options)
