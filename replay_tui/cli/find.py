"""`find`: the moments at which a text appears in any session of the library, newest first."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import click

from replay_tui.archive.library.facets import FACETS, Facets
from replay_tui.archive.library.find import Find, distinct_hits
from replay_tui.archive.library.find_query import FIND_AREAS, FindQuery, FoundHit, parse_find_areas
from replay_tui.archive.library.library import Library
from replay_tui.cli.engines import Engine, engine_options
from replay_tui.cli.options import archive_option, examples, given_archive
from replay_tui.cli.output import is_terminal, print_status, style, write, write_json
from replay_tui.cli.selection_options import selection_of, selection_options
from replay_tui.domain.completeness import Coverage
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.presenters.library import coverage_text, novelty_text

EXIT_NOTHING_FOUND, EXIT_INCOMPLETE = 1, 3
UNKNOWN = "-"
FLUSH_SECONDS = 0.1


@click.command(
    "find",
    epilog=examples(
        "find 'drop table'",
        "find passwd --user ana@example.com --not-connection 'test-*' --since 30d",
        r"find --regex 'rm +-r\w*' --in input,statements --jsonl | jq -r .open",
        "find payments --facets --limit 0",
    ),
)
@click.argument("pattern", metavar="PATTERN")
@click.option("--regex", is_flag=True, help="PATTERN is a regular expression.")
@click.option(
    "--in", "where", default="all", show_default=True, help=f"Areas to search: some of {','.join(FIND_AREAS)}."
)
@selection_options
@click.option("--new", "new_only", is_flag=True, help="Only statements of a shape that is new for their user.")
@click.option("--count", "counts", is_flag=True, help="Print the number of hits and sessions before the hits.")
@click.option("--facets", is_flag=True, help="Print the hits by user, connection, day and verb before the hits.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Maximum number of printed hits.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array (an object with --count or --facets).")
@click.option("--jsonl", is_flag=True, help="Print one JSON object per hit and line, as they are found.")
@archive_option
@engine_options
def command(
    pattern: str,
    regex: bool,
    where: str,
    new_only: bool,
    counts: bool,
    facets: bool,
    limit: int | None,
    as_json: bool,
    jsonl: bool,
    jobs: int | None,
    engine: str,
    scheduler: str | None,
    **selection: Any,
) -> int:
    """Print the moments at which a text appears in any session of the library, newest first.

    The hits are those of `search` in each session. A PATTERN in lower case ignores case. Each line has the date, user,
    connection, session@time and the text; `replay-tui session@time` opens it. A text that several areas hold at one
    moment is one hit; with --json and --jsonl it is one for each area. The last line on stderr says how many sessions
    were searched, and which were not. Exit code 1 if nothing is found and everything was searched, 3 if nothing is
    found and not everything was searched.
    """
    chosen = Engine.of(jobs or (None if scheduler else 1), engine, scheduler, uses_gateway=False)
    query = FindQuery(pattern, regex, parse_find_areas(where), selection_of(selection), new_only)
    with Library.open(given_archive()) as library:
        run = chosen.run if scheduler or chosen.jobs > 1 else None
        find, total = Find(library, query, run=run), Facets()
        with closing(find.hits()) as hits:  # type: ignore[type-var]  # a generator
            counted = total.counting(hits if as_json or jsonl else distinct_hits(hits))
            rows = map(_as_json if as_json or jsonl else _line, counted)
            if counts or facets or limit == 0:
                kept = [*islice(rows, limit)]
                for _ in counted:  # counts cover all hits
                    pass
                _write(kept, total, facets=facets, counts=counts or facets, as_json=as_json, jsonl=jsonl)
            else:
                _write(islice(rows, limit), total, facets=False, counts=False, as_json=as_json, jsonl=jsonl)
    print_status(f"{coverage_text(find.coverage)}.")
    return _exit_code(total, find.coverage)


def _exit_code(total: Facets, coverage: Coverage) -> int:
    if total.hits:
        return 0
    return EXIT_NOTHING_FOUND if coverage.is_complete else EXIT_INCOMPLETE


def _write(rows: Iterable[Any], total: Facets, *, facets: bool, counts: bool, as_json: bool, jsonl: bool) -> None:
    summary = total.as_json() if facets else {"hits": total.hits, "sessions": len(total.sessions)}
    if as_json:
        found = [*rows]
        write_json(summary | {"rows": found} if counts else found)
        return
    if jsonl:
        from replay_tui.export.text_formats import ascii_json

        if counts:
            write(ascii_json(summary))
        _write_as_found(map(ascii_json, rows))
        return
    if counts:
        write(f"{pluralize(total.hits, 'hit')} in {pluralize(len(total.sessions), 'session')}")
    for line in _facet_lines(total) if facets else ():
        write(line)
    _write_as_found(rows)


def _write_as_found(lines: Iterable[str]) -> None:
    """Write lines as they are found, also into a pipe."""
    flushed = 0.0
    for line in lines:
        write(line)
        if time.monotonic() - flushed > FLUSH_SECONDS and sys.stdout is not None:
            sys.stdout.flush()
            flushed = time.monotonic()


def _facet_lines(total: Facets) -> Iterator[str]:
    for facet in FACETS:
        for value, count in total.named(facet).most_common():
            yield f"{facet}\t{count}\t{sanitize(value)}"


def _line(found: FoundHit) -> str:
    hit, session = found.hit, found.session
    moment = session.wall_clock(hit.time)
    when = moment.strftime("%Y-%m-%d %H:%M:%S") if moment else UNKNOWN
    start, end = hit.start, hit.end
    text = (
        sanitize(hit.text[:start]) + style(sanitize(hit.text[start:end]), "bold", "yellow") + sanitize(hit.text[end:])
    )
    gap = "  " if is_terminal(sys.stdout) else "\t"
    cells = [style(when, "faint"), sanitize(session.user) or UNKNOWN, sanitize(session.connection) or UNKNOWN]
    cells += [sanitize(found.reference), text.strip()]
    return gap.join([*cells, novelty_text(found.novelty)] if found.novelty else cells)


def _as_json(found: FoundHit) -> dict[str, object]:
    hit, session = found.hit, found.session
    moment = session.wall_clock(hit.time)
    row: dict[str, object] = {
        "when": moment.isoformat() if moment else None,
        "user": session.user or None,
        "connection": session.connection or None,
        "session": session.id or None,
        "source": session.source,
        "type": session.type or None,
        "verb": session.verb or None,
        "time": hit.time,
        "open": found.reference,
        "where": hit.where,
        "text": hit.text,
        "start": hit.start,
        "end": hit.end,
    }
    if found.novelty:
        row["new"] = found.novelty.as_json()
    return row if hit.drawn else row | {"drawn": False}
