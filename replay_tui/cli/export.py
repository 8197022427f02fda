"""`export`: saves a session, or a part of it, in another format."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import allow_download, open_recording, print_gaps
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import Progress, print_status
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.errors import UsageError
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
    help=" ".join(f"{name}: {one.description}." for name, one in FORMATS.items()),
)
@click.option(
    "-o", "--output", type=click.Path(), metavar="FILE", required=True, help="File to write; only you can read it."
)
@click.option(
    "--start", metavar="T", help="Start of the part: 95.5, 1:02:03, 50%, @14:03:07 or @2026-11-03T01:00 (UTC)."
)
@click.option("--end", metavar="T", help="End of the part.")
@click.option(
    "--idle",
    type=click.Choice(["real", "cap", "log"]),
    help="For casts: real idle gaps (default), capped at 2 s, or logarithmic.",
)
@click.option("--mask/--reveal", "mask", default=True, help="Write hidden input as *** (default), or in clear.")
@click.option("--at", metavar="T", help="For svg: moment of the picture. Default: the end.")
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
) -> int:
    """Save a session in another format. FILE is written completely or not at all.

    Hidden input is masked unless --reveal is given; authentication messages are never exported. A part keeps the times
    of the session, except in a cast, which starts at 0 with the screen at --start. Bookmarks are included in casts (as
    markers), json, jsonl and html.
    """
    from replay_tui.export import export_recording
    from replay_tui.export.atomic_file import validate_target
    from replay_tui.player.player import IdleMode, TimeMap
    from replay_tui.settings.state_store import StateStore

    chosen = FORMATS[form]
    _check_options(chosen.has_times, chosen.is_picture, idle, at, start, end)
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
    exit_code = print_gaps(recording)
    print_status(f"{written.size} bytes saved in {sanitize(written.path)}.")
    masked = [pluralize(written.hidden_inputs, "hidden input")] if written.hidden_inputs else []
    masked += [pluralize(written.secrets, "secret")] if written.secrets else []
    if masked:
        print_status(f"Masked {' and '.join(masked)}; use --reveal to export them in clear.")
    if note := written.withheld_note:
        print_status(note)
    return exit_code


def _check_options(
    has_times: bool, is_picture: bool, idle: str | None, at: str | None, start: str | None, end: str | None
) -> None:
    if idle and not has_times:
        casts = " or ".join(name for name, one in FORMATS.items() if one.has_times)
        raise UsageError(f"--idle applies to casts only: use --to {casts}.")
    if at is not None and not is_picture:
        raise UsageError("--at applies to --to svg only; select a part with --start and --end.")
    if is_picture and (start is not None or end is not None):
        raise UsageError("--start and --end do not apply to --to svg; select its moment with --at.")
