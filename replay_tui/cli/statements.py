"""`statements`: prints the statements of a session, one per execution."""

from __future__ import annotations

from typing import Any

import click

from replay_tui.cli.open_session import open_recording, print_gaps
from replay_tui.cli.options import examples, json_option, session_argument, source_options
from replay_tui.cli.output import style, write_json, write_lines
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.statement import Statement
from replay_tui.shell.entered_line import TYPED_AND_ECHOED
from replay_tui.shell.typing_place import OUTERMOST
from replay_tui.sources.loaded_session import TimeUnit

_ORIGIN = ("source", "typed_in", "inferred")
"""Details that say how reliable a row is."""


@click.command(
    "statements",
    epilog=examples("statements session.json", "statements session.json --json | jq '.[].text'"),
)
@session_argument
@json_option
@source_options
def command(session: str, as_json: bool, times: TimeUnit, api_url: str | None) -> int:
    """Print the statements in order: SQL, shell commands, requests; a row per execution."""
    recording = open_recording(session, times=times, api_url=api_url, prints_text=True)
    rows = recording.statements
    if as_json:
        write_json([row_of(row) for row in rows])
    else:
        write_lines(line_of(row, recording.format_time(row.time)) for row in rows)
    return print_gaps(recording)


def row_of(row: Statement) -> dict[str, Any]:
    """Return a statement as the JSON object of the contract.

    Commands of a terminal have their source and place, values of unknown type how they were inferred.
    """
    origin: dict[str, Any] = {name: row.details[name] for name in _ORIGIN if name in row.details}
    return {
        "time": row.time,
        "kind": row.kind,
        "text": row.text,
        "params": None if row.params is None else list(row.params),
        "duration": row.duration,
        "deleted": row.deleted,
        **origin,
    }


def line_of(row: Statement, time: str) -> str:
    """Return a statement with its formatted time as a line of text.

    It names the reason if the keys alone do not prove the text of a command, and the program in which it was typed.
    """
    text = " ".join(sanitize(row.text).split())
    if row.params:
        values = ["NULL" if value is None else sanitize(value) for value in row.params]
        inferred = row.details.get("inferred", {})
        marked = [f"{value} (inferred)" if f"${at}" in inferred else value for at, value in enumerate(values, 1)]
        text += f"  [{', '.join(marked)}]"
    if row.deleted:
        text += "  (typed, then deleted)"
    source = row.details.get("source", TYPED_AND_ECHOED)
    if source != TYPED_AND_ECHOED:
        text += f"  ({sanitize(source)})"
    if (place := row.details.get("typed_in", OUTERMOST)) != OUTERMOST:
        text += f"  (in {sanitize(place)})"
    return f"{style(time, 'faint')}  {sanitize(row.kind):<11}  {text}"
