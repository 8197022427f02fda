"""`fetch`: saves a session for offline use, as the gateway's JSON answer or as its download."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay_tui.cli.gateway import connect_to_session, gateway_options
from replay_tui.cli.options import examples
from replay_tui.cli.output import Progress, print_status
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.presenters.session import WITHHELD

if TYPE_CHECKING:
    from replay_tui.domain.session import Session
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.gateway.download import DownloadOptions
    from replay_tui.gateway.stream_probe import StreamProbe

_EXTENSION = lazy_compile(r"^[0-9A-Za-z]{1,16}$")
SESSION_PARTS = ("event_stream", "session_input")
UNDECODABLE = "The gateway cannot decode this recording in that form. Fetch it without --event-stream."
NO_RECORDING = "The session has no recording."
NOT_SAVED = "{} Nothing was saved; --allow-empty saves the session without it."
NO_QUERIES = "The gateway has no raw queries for this kind of session. Fetch it without --event-stream."


@click.command(
    "fetch",
    epilog=examples(
        "fetch 5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c -o session.json",
        "fetch https://hoop.example.com/sessions/5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c -o session.json",
        "fetch ID -o queries.json --event-stream raw-queries",
        "fetch ID -o output.csv --format csv --events o,e --event-time --newline",
    ),
)
@click.argument("session", metavar="ID")
@click.option("-o", "--output", "output", metavar="FILE", required=True, help="File to write; only you can read it.")
@click.option(
    "--event-stream",
    type=click.Choice(["utf8", "base64", "raw-queries"]),
    help="Form of the recording: one text, its base64, or SQL texts, instead of events with times.",
)
@click.option(
    "--expand",
    default=",".join(SESSION_PARTS),
    show_default=True,
    metavar="PARTS",
    help="Parts to include: event_stream, session_input, or both.",
)
@click.option(
    "--format", "extension", metavar="json|csv|EXT", help="Save the gateway's download in this format instead."
)
@click.option("--events", default="", metavar="i,o,e", help="Input, output, error events; with --format. [o,e]")
@click.option("--event-time", is_flag=True, help="Write the time before each event, in whole seconds; with --format.")
@click.option("--newline", is_flag=True, help="Write a line break after each event; with --format.")
@click.option("--script", is_flag=True, help="Save the script instead of the recording; with --format.")
@click.option("--allow-empty", is_flag=True, help="Save a session without a recording, too.")
@gateway_options
def command(
    session: str,
    output: str,
    event_stream: str | None,
    extension: str | None,
    events: str,
    event_time: bool,
    newline: bool,
    script: bool,
    expand: str,
    allow_empty: bool,
    api_url: str | None,
) -> None:
    """Save a session for offline use. FILE is written completely or not at all.

    A session without a recording is not saved: the exit code is 4.
    """
    from replay_tui.export.atomic_file import validate_target
    from replay_tui.gateway.download import DownloadOptions

    target = validate_target(output)
    options = None
    if extension is not None:
        if event_stream:
            raise UsageError("--event-stream and --format cannot be combined: a download has its own format.")
        options = DownloadOptions(_extension(extension), events, event_time, newline, script)
        options.params()  # reports unknown event types before the gateway is contacted
    elif events or event_time or newline or script:
        raise UsageError("--events, --event-time, --newline and --script need --format: add --format json, csv or txt.")
    parts = _parse_parts(expand)
    client, session_id = connect_to_session(session, api_url)
    with client:
        if options:
            size = _download(client, session_id, target, options, allow_empty=allow_empty)
        else:
            size = _fetch_session(client, session_id, target, event_stream, parts, allow_empty=allow_empty)
    print_status(f"{size} bytes saved in {sanitize(target)}.")


def _extension(text: str) -> str:
    found = text.removeprefix(".")
    if not _EXTENSION.match(found):
        raise UsageError(
            f"'{sanitize(text)[:40]}' is not a download format. Write json, csv or a file extension such as txt."
        )
    return found


def _download(
    client: GatewayClient, session_id: str, target: Path, options: DownloadOptions, *, allow_empty: bool
) -> int:
    client.read.check_downloads()
    if not (_session(client, session_id).stored_bytes or options.script or allow_empty):
        raise GatewayError(NOT_SAVED.format(NO_RECORDING))
    with Progress("downloading") as progress:
        return client.read.download(session_id, options, target, progress=progress.update)


def _parse_parts(text: str) -> tuple[str, ...]:
    """Parse a comma-separated list of session parts. Raises `UsageError`."""
    named = [part for part in (one.strip() for one in text.split(",")) if part]
    if not named or not set(named) <= set(SESSION_PARTS):
        raise UsageError(
            f"'{sanitize(text)[:40]}' is not a part of a session. Write {' or '.join(SESSION_PARTS)}, or both."
        )
    return tuple(part for part in SESSION_PARTS if part in named)


def _fetch_session(
    client: GatewayClient,
    session_id: str,
    target: Path,
    event_stream: str | None,
    parts: tuple[str, ...],
    *,
    allow_empty: bool,
) -> int:
    from replay_tui.gateway.download import save
    from replay_tui.gateway.resumable_body import expected_size
    from replay_tui.gateway.stream_probe import StreamProbe

    client.read.check_downloads()
    session = _session(client, session_id)
    stored = session.stored_bytes
    with Progress("downloading") as progress:
        body = client.read.session_body(
            session_id,
            expand=parts,
            event_stream=event_stream,
            expected=expected_size(stored, session.fields.script_size),
            progress=progress.update,
        )
        probe = StreamProbe(body)

        def chunks() -> Iterator[bytes]:
            """Yield the body; raise an error at its end, before the file gets its name, if it has no recording."""
            yield from probe
            missing = _missing(probe, bool(stored), event_stream) if "event_stream" in parts else ""
            if missing and not allow_empty:
                raise GatewayError(NOT_SAVED.format(missing))

        size = save(chunks(), target)
    missing = _missing(probe, bool(stored), event_stream) if "event_stream" in parts else ""
    for message in (missing, _warning(probe, event_stream), body.note):
        if message:
            print_status(message)
    return size


def _session(client: GatewayClient, session_id: str) -> Session:
    """Return the session without its recording. Raises `GatewayError` if the answer is not this session."""
    session = client.read.session(session_id)
    if not session.fields.id:
        raise GatewayError("The gateway sent a response that is not this session; nothing was saved.")
    return session


def _missing(probe: StreamProbe, stored: bool, event_stream: str | None) -> str:
    """Return why the answer has no recording, empty if it has one."""
    if not probe.is_found:
        return WITHHELD if stored else NO_RECORDING
    if probe.is_null:
        return NO_QUERIES if event_stream else NO_RECORDING
    return NO_RECORDING if probe.is_empty else ""


def _warning(probe: StreamProbe, event_stream: str | None) -> str:
    """Return a warning about the saved recording, empty if it has the requested form."""
    return UNDECODABLE if event_stream and b"unable to decode the event stream" in probe.start else ""
