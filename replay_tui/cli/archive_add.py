"""`archive add`: sessions from files, object stores or the gateway into the library."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import datetime

import click

from replay_tui.archive.library.adding import Added, add_sessions
from replay_tui.archive.library.library import Library, Outcome
from replay_tui.archive.source import SessionSource, expand_paths
from replay_tui.cli.engines import Engine, engine_options
from replay_tui.cli.gateway import connect, connect_to_session, gateway_options
from replay_tui.cli.open_session import is_remote
from replay_tui.cli.options import DateParam, archive_option, encoding_option, examples, given_archive, given_encoding
from replay_tui.cli.output import Progress, print_status
from replay_tui.cli.user_settings import settings
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.findings.user_rules import user_rules
from replay_tui.gateway.session_list import STATES, Filters

EXIT_INCOMPLETE = 3
MAX_NAMED_FAILURES = 5
"""Sources that were not added and are named one by one."""
_LABELS = {
    Outcome.GROWN: "recorded further",
    Outcome.UPDATED: "with new metadata",
    Outcome.RENEWED: "read again with this version",
}


@click.command(
    "add",
    short_help="Add sessions from files, object stores or the gateway.",
    epilog=examples(
        "archive add sessions/",
        "archive add s3://bucket/2026/11/",
        "archive add --gateway --since 30d",
        "archive add s3://bucket/ --engine dask --scheduler tcp://scheduler:8786 --archive /shared/archive",
    ),
)
@click.argument("paths", metavar="SOURCES…", nargs=-1, type=click.Path())
@click.option("--gateway", is_flag=True, help="Add the sessions that the gateway lists, with the filters below.")
@click.option("--user", metavar="WHO", help="With --gateway: subject id or e-mail of the user.")
@click.option("--connection", metavar="NAME", help="With --gateway: name of the connection.")
@click.option("--type", "kind", metavar="TYPE", help="With --gateway: connection type.")
@click.option("--review", type=click.Choice(STATES, case_sensitive=False), help="With --gateway: status of the review.")
@click.option("--since", type=DateParam(), help="With --gateway: started at or after: 2026-11-20, 8h, 7d. UTC.")
@click.option("--until", type=DateParam(), help="With --gateway: started at or before.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="With --gateway: maximum number of sessions.",
)
@click.option("--again", is_flag=True, help="Also add sessions that were removed from the library.")
@archive_option
@engine_options
@encoding_option
@gateway_options
def command(
    paths: tuple[str, ...],
    gateway: bool,
    user: str | None,
    connection: str | None,
    kind: str | None,
    review: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    again: bool,
    jobs: int | None,
    engine: str,
    scheduler: str | None,
    api_url: str | None,
) -> int:
    """Add sessions to the library: files, folders, addresses in object stores, session ids, or the gateway's list.

    What is in the library already is skipped, unless it was recorded further, its metadata changed, or an earlier
    version of the program read it; so the command can be run again at any time, also after it was interrupted.
    Passwords and keys are replaced as in exports. Exit code 0 if everything is in the library, 3 if a source could not
    be read.
    """
    filters = Filters(
        user=user, connection=connection, type=kind, review_status=review.upper() if review else None,
        start_date=since, end_date=until,
    )  # fmt: skip
    if gateway == bool(paths) or (not gateway and filters != Filters()):
        raise UsageError("Name files, folders, addresses or session ids to add, or use --gateway with its filters.")
    remote = [path for path in paths if is_remote(path)]
    chosen = Engine.of(jobs, engine, scheduler, uses_gateway=gateway or bool(remote))
    settings()  # read first, because sources carry the user's credential headers to other processes
    with ExitStack() as stack:
        sources, marks = _files([path for path in paths if not is_remote(path)]), list[str]()
        if gateway:
            client = stack.enter_context(connect(api_url, read_only=True))
            client.read.check_downloads()
            sources, marks = _listed(client, filters, limit)
        for path in remote:
            client, session_id = connect_to_session(path, api_url)
            stack.enter_context(client).read.check_downloads()
            sources.append(SessionSource(session_id, encoding=given_encoding(), client=client))
        chosen.check()
        library = stack.enter_context(Library.open(given_archive(), writes=True))
        return _add(library, sources, marks, chosen, again=again)


def _files(paths: Sequence[str]) -> list[SessionSource]:
    found = expand_paths(paths) if paths else []
    return [SessionSource(path, encoding=given_encoding()) for path in found]


def _listed(client: object, filters: Filters, limit: int) -> tuple[list[SessionSource], list[str]]:
    """Return the sessions that the gateway lists, and for each a text that changes when it changes."""
    from replay_tui.cli.find_sessions import find_sessions
    from replay_tui.gateway.client import GatewayClient

    assert isinstance(client, GatewayClient)
    found = find_sessions(client, filters, limit=limit)
    if found.more:
        print_status(found.more.replace("are shown", "are added").replace("shows more", "adds more"))
    rows = [row for row in found.rows if row.fields.id]
    sources = [SessionSource(str(row.fields.id), encoding=given_encoding(), client=client) for row in rows]
    return sources, [hashlib.sha256(json.dumps(row.raw, sort_keys=True).encode()).hexdigest() for row in rows]


def _add(
    library: Library, sources: Sequence[SessionSource], marks: Sequence[str], engine: Engine, *, again: bool
) -> int:
    """Add the sources with progress on stderr, and print what became of them, also if it is interrupted."""
    outcomes = list[Added]()
    limit = int(settings().archive_limit_gib * (1 << 30))
    rules = user_rules(settings().rules, settings().sigma_rules)
    added = add_sessions(library, sources, engine.run, rules=rules, fingerprints=marks, again=again, limit_bytes=limit)
    try:
        with Progress("adding") as progress, closing(added) as found:  # type: ignore[type-var]  # a generator
            for one in found:
                outcomes.append(one)
                progress.update(len(outcomes), len(sources))
    except ReplayError as error:
        error.add_note(_missing(len(sources) - len(outcomes), len(sources)))
        raise
    except KeyboardInterrupt:
        print_status(_missing(len(sources) - len(outcomes), len(sources)))
        raise
    return _print_summary(outcomes)


def _missing(count: int, total: int) -> str:
    return f"{count:,} of {total:,} not added yet; run the command again."


def _print_summary(outcomes: Sequence[Added]) -> int:
    failed = [one for one in outcomes if one.failure]
    for one in failed[:MAX_NAMED_FAILURES]:
        name = sanitize(one.source.display_name)
        print_status(one.failure if name in one.failure else f"{name}: {one.failure}")
    if len(failed) > MAX_NAMED_FAILURES:
        print_status(f"And {len(failed) - MAX_NAMED_FAILURES} more were not read, {len(failed)} in all.")
    counts = Counter(one.outcome for one in outcomes if one.outcome)
    known = counts.pop(Outcome.UNCHANGED, 0) + sum(one.skipped == "added" for one in outcomes)
    parts = [f"{counts[one]:,} {_LABELS.get(one, one.value)}" for one in (Outcome.ADDED, *_LABELS) if counts[one]]
    parts += [f"{known:,} unchanged"] if known else []
    removed = sum(one.skipped == "removed" for one in outcomes)
    parts += [f"{removed:,} removed earlier (--again adds them)"] if removed else []
    unread = len(failed) + sum(one.skipped == "failed" for one in outcomes)
    parts += [f"{unread:,} not readable"] if unread else []
    print_status(f"{', '.join(parts) or 'Nothing to add'}.")
    return EXIT_INCOMPLETE if unread else 0
