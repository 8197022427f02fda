"""`archive`: the library of many sessions: its state, checks, and removal of sessions."""

from __future__ import annotations

from datetime import datetime

import click
from msgspec.structs import asdict

from replay_tui.archive.library.library import Library, default_folder
from replay_tui.archive.library.maintenance import repair, state_of, verify
from replay_tui.archive.library.selection import DateCondition, Selection
from replay_tui.archive.library.sessions import LibrarySession, list_sessions, sessions_named
from replay_tui.cli import archive_add, archive_export
from replay_tui.cli.options import DateParam, archive_option, complete_session, examples, given_archive, json_option
from replay_tui.cli.output import Progress, print_status, write, write_json
from replay_tui.cli.user_settings import settings
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.presenters.library import library_lines

EXIT_NOTHING_FOUND = 1
EXIT_DAMAGED = 3


@click.group(
    "archive",
    no_args_is_help=False,
    epilog=examples("archive add sessions/", "archive status", "find 'drop table' --since 30d"),
)
def command() -> None:
    """Keep a library of sessions, in which `find` searches."""


command.add_command(archive_add.command)
command.add_command(archive_export.command)


@command.command(
    "status",
    short_help="Print the size of the library and what is incomplete.",
    epilog=examples("archive status", "archive status --json | jq .gaps"),
)
@json_option
@archive_option
def status(as_json: bool) -> int:
    """Print how many sessions the library has, its size, and what is incomplete and why."""
    limit = int(settings().archive_limit_gib * (1 << 30))
    with Library.open(given_archive()) as library:
        state = asdict(state_of(library))
    if as_json:
        write_json(state | {"limit_bytes": limit})
    else:
        for label, text in library_lines(**state, limit_bytes=limit):
            write(f"{label:<14} {sanitize(text)}")
    return 0


@command.command(
    "verify",
    short_help="Check all checksums.",
    epilog=examples("archive verify"),
)
@archive_option
def verify_command() -> int:
    """Check the database and the checksums of all blocks. Exit code 3 if something is damaged."""
    problems = checked = 0
    with Library.open(given_archive()) as library, Progress("checking") as progress:
        total = state_of(library).sessions
        for one in verify(library):
            checked += one.session is not None
            progress.update(checked, max(total, 1))
            if one.problem:
                problems += 1
                progress.clear()
                write(sanitize(one.message))
    hint = "; run `replay-tui archive repair`" if problems else ""
    print_status(f"{pluralize(checked, 'session')} checked, {pluralize(problems, 'problem')} found{hint}.")
    return EXIT_DAMAGED if problems else 0


@command.command(
    "repair",
    short_help="Drop what is damaged.",
    epilog=examples("archive repair"),
)
@archive_option
def repair_command() -> int:
    """Drop damaged sessions, and build a damaged or missing database again. The rest stays as it is.

    Damaged files are kept with the ending .damaged. Run `archive add` afterwards to read their sources again.
    """
    done = repair(given_archive() or default_folder())
    for problem in done.dropped:
        print_status(f"Dropped: {sanitize(problem)}.")
    again = "The database was built again from the blocks. " if done.rebuilt else ""
    hint = " Run `replay-tui archive add` again to read their sources." if done.dropped else ""
    print_status(f"{again}{pluralize(done.kept, 'session')} kept, {len(done.dropped)} dropped.{hint}")
    return 0


@command.command(
    "remove",
    short_help="Remove sessions.",
    epilog=examples("archive remove 5fd43269-12af-4dc5-a2d7-785bbfceda35"),
)
@click.argument("names", metavar="SESSION…", nargs=-1, required=True, shell_complete=complete_session)
@archive_option
def remove(names: tuple[str, ...]) -> int:
    """Remove sessions, named by id or path, from the library. `archive add --again` adds them again."""
    with Library.open(given_archive(), writes=True) as library:
        found = [one for name in names for one in sessions_named(library, name)]
        return _remove(library, found)


@command.command(
    "forget",
    short_help="Remove the sessions before a date.",
    epilog=examples("archive forget --before 90d", "archive forget --before 2026-01-01"),
)
@click.option("--before", type=DateParam(), required=True, help="Started at or before: 2026-01-01, 90d. UTC.")
@archive_option
def forget(before: datetime) -> int:
    """Remove the sessions that started before a date. Sessions without a date stay."""
    with Library.open(given_archive(), writes=True) as library:
        return _remove(library, [*list_sessions(library, Selection((DateCondition(until=before),)))])


def _remove(library: Library, sessions: list[LibrarySession]) -> int:
    count = library.remove(dict.fromkeys(one.n for one in sessions))
    print_status(f"{pluralize(count, 'session')} removed." if count else "The library has no such session.")
    return 0 if count else EXIT_NOTHING_FOUND
