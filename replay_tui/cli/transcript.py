"""`transcript`: prints the session's text, line by line."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import open_recording, print_gaps
from replay_tui.cli.options import (
    encoding_option,
    examples,
    json_option,
    plain_http_option,
    session_argument,
    size_option,
    timing_option,
)
from replay_tui.cli.output import write_json, write_lines
from replay_tui.domain.display_text import expand_tabs


@click.command(
    "transcript",
    epilog=examples(
        "transcript session.json",
        "transcript session.json --times | grep sudo",
        "transcript session.json --json",
    ),
)
@session_argument
@click.option("--times", "with_times", is_flag=True, help="Print the time before each line.")
@json_option
@size_option
@click.option("--api-url", metavar="U", help="Gateway of a session id, instead of the configured one.")
@plain_http_option
@encoding_option
@timing_option
def command(session: str, with_times: bool, as_json: bool, size: tuple[int, int] | None, api_url: str | None) -> int:
    """Print the session's text, sanitised: scrolled-off lines and final screens."""
    recording = open_recording(session, size=size, api_url=api_url, prints_text=True)
    lines = recording.transcript
    if as_json:
        write_json([{"time": line.time, "text": line.text} for line in lines])
    elif with_times:
        write_lines(f"{recording.format_time(line.time)}  {expand_tabs(line.text)}" for line in lines)
    else:
        write_lines(expand_tabs(line.text) for line in lines)
    return print_gaps(recording)
