"""`screen`: prints the recorded screen at a moment as text, SGR text, SVG or JSON."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import open_recording, print_gaps, split_moment
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import write, write_json
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.times import format_time
from replay_tui.presenters.completeness import incomplete_text
from replay_tui.sources.loaded_session import TimeUnit


@click.command(
    "screen",
    epilog=examples(
        "screen session.json --at 7.5",
        "screen session.json --at 50% --format ansi",
        "screen session.json --at @14:03:07 --format svg > moment.svg",
        "screen session.json.gz --at 1:02:03 --size 120x36 --format json",
    ),
)
@session_argument
@click.option(
    "--at",
    metavar="T",
    help="95.5, 1:02:03, 50%, @14:03:07, @+1d 01:00 or @2026-11-03T01:00 (UTC). Default: the time after SESSION@, else "
    "the end.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "ansi", "svg", "json"]),
    default="text",
    show_default=True,
    help="Text; text with colours (ansi); a picture (svg); lines, cursor and size (json).",
)
@size_option
@source_options
def command(
    session: str, at: str | None, form: str, size: tuple[int, int] | None, times: TimeUnit, api_url: str | None
) -> int:
    """Print the screen at a moment, including all events up to it."""
    recording = open_recording(session, size=size, times=times, api_url=api_url, prints_text=True)
    screen = recording.screen(at or split_moment(session)[1] or "100%")
    if form == "json":
        write_json(
            {
                "time": screen.time,
                "cols": screen.cols,
                "rows": screen.rows,
                "cursor": list(screen.cursor),
                "alt": screen.alt,
                "lines": list(screen.lines),
            }
        )
    elif form == "svg":
        from replay_tui.export.svg import screen_svg

        note = incomplete_text(recording.known_completeness)
        write(screen_svg(screen, f"{recording.display_title}  {format_time(screen.time)}", note))
    elif form == "ansi":
        from replay_tui.export.ansi import screen_ansi

        write(screen_ansi(screen))
    else:
        write(safe_rows(screen.text))
    return print_gaps(recording)


def safe_rows(text: str) -> str:
    """Return the rows of a screen, sanitised, but with the zero-width joiners, which are part of graphemes."""
    return "\u200d".join(sanitize(part, keep_newlines=True) for part in text.split("\u200d"))
