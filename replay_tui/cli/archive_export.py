"""`archive export`: the rows of the library as events for other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TextIO

import click

from replay_tui.archive.library.ecs import ecs_event
from replay_tui.archive.library.events import ArchiveEvent, iter_events
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.ocsf import ocsf_event
from replay_tui.archive.library.parquet import write_parquet
from replay_tui.archive.library.sessions import count_sessions
from replay_tui.cli.options import archive_option, examples, given_archive
from replay_tui.cli.output import Progress, print_status
from replay_tui.cli.selection_options import selection_of, selection_options
from replay_tui.domain.completeness import Coverage
from replay_tui.domain.display_text import pluralize
from replay_tui.presenters.library import coverage_text

EXIT_NOTHING_FOUND, EXIT_INCOMPLETE = 1, 3
_OBJECTS: dict[str, Callable[[ArchiveEvent], dict[str, Any]]] = {"ocsf": ocsf_event, "ecs": ecs_event}
"""Formats with one JSON object per event and line."""


@click.command(
    "export",
    short_help="Write statements, findings and decisions as events.",
    epilog=examples(
        "archive export --to ocsf -o events.jsonl --since 1d",
        "archive export --to ecs -o events.ndjson --risk high",
        "archive export --to parquet -o events.parquet",
    ),
)
@click.option("--to", "form", type=click.Choice([*_OBJECTS, "parquet"]), required=True, help="Format.")
@click.option("-o", "--output", metavar="FILE", required=True, help="File to write; an existing one is replaced.")
@selection_options
@archive_option
def command(form: str, output: str, **values: Any) -> int:
    """Write statements, commands, findings and review decisions as events with user, connection, time and session.

    ocsf and ecs are JSON, one object per line; parquet needs the extra `parquet`. Each event names the session and the
    moment that opens it. Sessions without a date are counted on stderr, because events need a time.
    """
    from replay_tui.export.atomic_file import atomic_writer, validate_target

    target, coverage = validate_target(output), Coverage()
    selection = selection_of(values)
    with Library.open(given_archive()) as library, Progress("exporting") as progress:
        total = count_sessions(library, selection)

        def events() -> Iterator[ArchiveEvent]:
            for event in iter_events(library, selection, coverage):
                progress.update(coverage.total, max(total, 1))
                yield event

        with atomic_writer(target) as file:
            count = _write(form, events(), file)
    print_status(f"{pluralize(count, 'event')} written. {coverage_text(coverage, done='exported')}.")
    if count:
        return 0
    return EXIT_NOTHING_FOUND if coverage.is_complete else EXIT_INCOMPLETE


def _write(form: str, events: Iterator[ArchiveEvent], file: TextIO) -> int:
    if form == "parquet":
        return write_parquet(events, file.buffer)
    from replay_tui.export.text_formats import ascii_json

    count = 0
    for event in events:
        count += 1
        file.write(ascii_json(_OBJECTS[form](event)) + "\n")
    return count
