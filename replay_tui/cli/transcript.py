"""`transcript`: the session's text, line by line."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import open_recording, say_what_is_unanalysed
from replay_tui.cli.options import examples, json_option, plain_http_option, session_argument, size_option
from replay_tui.cli.output import write_json, write_lines
from replay_tui.domain.text import expand_tabs
from replay_tui.domain.time_format import format_time


@click.command(
    "transcript",
    epilog=examples(
        "transcript session.json",
        "transcript session.json --times | grep sudo",
        "transcript session.json --json",
    ),
)
@session_argument
@click.option("--times", "with_times", is_flag=True, help="Put the moment before each line.")
@json_option
@size_option
@click.option("--api-url", metavar="U", help="The gateway to ask for a session id, instead of the configured one.")
@plain_http_option
def command(session: str, with_times: bool, as_json: bool, size: tuple[int, int] | None, api_url: str | None) -> None:
    """The session's text, clean: lines gone by, and the screens that were left behind."""
    recording = open_recording(session, size=size, api_url=api_url)
    lines = recording.transcript
    if recording.redactor:  # what was typed unseen stays unseen, even where a program printed it later
        lines = [line._replace(text=recording.redactor.text(line.text)) for line in lines]
    if as_json:
        write_json([{"time": line.time, "text": line.text} for line in lines])
    elif with_times:
        write_lines(f"{format_time(line.time)}  {expand_tabs(line.text)}" for line in lines)
    else:
        write_lines(expand_tabs(line.text) for line in lines)
    say_what_is_unanalysed(recording.analysis.warnings)
