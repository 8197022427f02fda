"""`stats`: tables of the statements and commands in the library."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from replay_tui.archive.library.library import Library
from replay_tui.archive.library.stats import GROUPS, StatsRow, count_usage, counted_sessions
from replay_tui.cli.options import archive_option, examples, given_archive, json_option
from replay_tui.cli.output import is_terminal, print_status, style, write, write_json
from replay_tui.cli.selection_options import selection_of, selection_options
from replay_tui.domain.display_text import sanitize, text_width
from replay_tui.presenters.library import coverage_text

EXIT_NOTHING_FOUND, EXIT_INCOMPLETE = 1, 3
TITLES = ("statements", "commands", "sessions", "first", "last")


@click.command(
    "stats",
    epilog=examples(
        "stats", "stats --by table --user ana@example.com", "stats --by hour --since 30d --json", "stats --by statement"
    ),
)
@click.option("--by", type=click.Choice(GROUPS), default="user", show_default=True, help="Rows of the table.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="Maximum number of rows."
)
@selection_options
@json_option
@archive_option
def command(by: str, limit: int, as_json: bool, **values: Any) -> int:
    """Print how many statements and shell commands the sessions of the library have, with first and last use.

    A statement is counted by its shape, in which literals are replaced. Hours are those of the day, in UTC. The last
    line on stderr says how many sessions were counted. Exit code 1 if there are none, 3 if some were not counted.
    """
    selection = selection_of(values)
    with Library.open(given_archive()) as library:
        rows = count_usage(library, by, selection, limit)
        coverage = counted_sessions(library, selection)
    if as_json:
        write_json([_as_json(by, row) for row in rows])
    else:
        _write_table(by, rows)
    print_status(f"{coverage_text(coverage, done='counted')}.")
    if rows:
        return 0
    return EXIT_NOTHING_FOUND if coverage.is_complete else EXIT_INCOMPLETE


def _cells(row: StatsRow) -> list[str]:
    value = sanitize(row.value) or "unknown"
    return [value, str(row.statements), str(row.commands), str(row.sessions), _date(row.first), _date(row.last)]


def _write_table(by: str, rows: Sequence[StatsRow]) -> None:
    cells = [_cells(row) for row in rows]
    if not is_terminal(sys.stdout):
        for one in cells:
            write("\t".join(one))
        return
    table = [[by, *TITLES], *cells]
    widths = [max(text_width(row[at]) for row in table) for at in range(len(TITLES) + 1)]
    for number, row in enumerate(table):
        numbers = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        line = "  ".join([row[0] + " " * (widths[0] - text_width(row[0])), *numbers])
        write(line if number else style(line, "faint"))


def _date(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return "-"


def _as_json(by: str, row: StatsRow) -> dict[str, object]:
    first, last = (None if _date(one) == "-" else _date(one).replace(" ", "T") + "Z" for one in (row.first, row.last))
    return {by: row.value or None} | {name: getattr(row, name) for name in TITLES} | {"first": first, "last": last}
