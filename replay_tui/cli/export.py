"""`export`: a session, or a part of it, as a file of some other form."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import connect_to_session, is_remote, open_recording, say_what_is_unanalysed
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import print_status
from replay_tui.cli.progress import Progress
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize
from replay_tui.export.exporter import FORMATS
from replay_tui.sources.loaded_session import TimeUnit


@click.command(
    "export",
    epilog=examples(
        "export session.json --to asciicast -o session.cast",
        "export session.json --to asciicast-v2 -o deploy.cast --start 1:02 --end 2:30 --idle cap",
        "export session.json --to svg --at 7.5 -o moment.svg",
        "export session.json --to html -o session.html",
    ),
)
@session_argument
@click.option(
    "--to",
    "form",
    type=click.Choice(list(FORMATS)),
    required=True,
    help="asciicast (v3), asciicast-v2; txt: the text; csv, jsonl: the events; json: opens here again; svg: a picture "
    "of --at; html: a page of text, statements and findings.",
)
@click.option(
    "-o", "--output", type=click.Path(), metavar="FILE", required=True, help="Where to save it; only you may read it."
)
@click.option("--start", metavar="T", help="Leave out what is before: 95.5, 1:02:03, 50%, @14:03:07 (UTC).")
@click.option("--end", metavar="T", help="Leave out what is after.")
@click.option(
    "--idle",
    type=click.Choice(["real", "cap", "log"]),
    help="For casts: idle stretches as long as they were (default), two seconds at most, or their logarithm.",
)
@click.option("--mask/--reveal", "mask", default=True, help="Input typed unseen as *** (default), or as it was.")
@click.option("--at", metavar="T", help="For svg: the moment of the picture. Default: the end.")
@size_option
@source_options
def command(
    session: str,
    form: str,
    output: str,
    start: str | None,
    end: str | None,
    idle: str | None,
    mask: bool,
    at: str | None,
    size: tuple[int, int] | None,
    times: TimeUnit,
    api_url: str | None,
) -> None:
    """Save a session in another form. FILE is written whole or not at all.

    Input typed while nothing was echoed is masked unless --reveal is given; authentication messages never leave. A
    part keeps the times of the session, but for a cast, which begins at 0 with the screen as it was at --start. Your
    bookmarks go into casts (as markers), json, jsonl and html.
    """
    from replay_tui.export import export_recording
    from replay_tui.export.atomic_file import validate_target
    from replay_tui.player.idle_compression import IdleMode, TimeMap
    from replay_tui.settings.state_store import StateStore

    chosen = FORMATS[form]
    _check(chosen.has_times, chosen.is_picture, idle, at, start, end)
    validate_target(output)
    allow_download(session, api_url)
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    with Progress("exporting") as progress:
        written = export_recording(
            recording,
            form,
            output,
            start=recording.parse_position(start) if start is not None else None,
            end=recording.parse_position(end) if end is not None else None,
            played_time=TimeMap(recording.idle_gaps, IdleMode(idle or "real")).played,
            reveal=not mask,
            at=recording.parse_position(at) if at is not None else None,
            bookmarks=StateStore().bookmarks(str(recording.session.fields.id or recording.name)),
            progress=progress.update,
        )
    say_what_is_unanalysed(recording.analysis.warnings)
    print_status(f"{written.size} bytes saved in {sanitize(written.path)}.")
    if written.redacted and mask:
        places = "place is" if written.redacted == 1 else "places are"
        print_status(f"{written.redacted} {places} masked; --reveal writes input as it was typed.")


def _check(casts: bool, frame: bool, idle: str | None, at: str | None, start: str | None, end: str | None) -> None:
    if idle and not casts:
        raise UsageError("--idle goes with casts: write --to asciicast or asciicast-v2.")
    if at is not None and not frame:
        raise UsageError("--at goes with --to svg; a part is cut out with --start and --end.")
    if frame and (start is not None or end is not None):
        raise UsageError("--start and --end do not go with --to svg, which shows the one moment of --at.")


def allow_download(session: str, api_url: str | None) -> None:
    """Raise `GatewayError` where SESSION is a gateway's and its administrator has turned downloads off."""
    if is_remote(session):
        with connect_to_session(session, api_url)[0] as client:
            client.read.check_downloads()
