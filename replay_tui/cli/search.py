"""`search`: finds the moments at which a text appears."""

from __future__ import annotations

import click

from replay_tui.cli.open_session import open_recording, print_gaps
from replay_tui.cli.options import examples, json_option, session_argument, size_option, source_options
from replay_tui.cli.output import Progress, print_status, style, write, write_json
from replay_tui.domain.display_text import sanitize
from replay_tui.presenters.completeness import no_matches_text
from replay_tui.search.query import Query
from replay_tui.search.search import Hit, parse_areas
from replay_tui.sources.loaded_session import TimeUnit

NOT_FOUND_EXIT_CODE = 1


@click.command(
    "search",
    epilog=examples(
        "search session.json sudo",
        "search session.json 'delete from' --in statements,input",
        r"search session.json --regex 'rm +-r\w*' --json",
    ),
)
@session_argument
@click.argument("pattern", metavar="PATTERN")
@click.option("--regex", is_flag=True, help="PATTERN is a regular expression.")
@click.option(
    "--in", "where", default="all", show_default=True, help="Areas to search: some of screen,output,input,statements."
)
@json_option
@size_option
@source_options
def command(
    session: str,
    pattern: str,
    regex: bool,
    where: str,
    as_json: bool,
    size: tuple[int, int] | None,
    times: TimeUnit,
    api_url: str | None,
) -> int:
    """Print the moments at which a text appears: on the screen, in scrolled-off lines, in input, in statements.

    The area "output" also includes text that the terminal did not display as it was sent; it is marked "not drawn".
    A PATTERN in lower case ignores case. The exit code is 1 if there are no matches, and 3 if nothing of the
    recording can be read.
    """
    from replay_tui.recording import MAX_HITS

    Query(pattern, regex=regex)  # reports an invalid pattern before a long session is read
    parse_areas(where)
    recording = open_recording(session, size=size, times=times, api_url=api_url, prints_text=True)
    with Progress("indexing") as progress:
        total = len(recording.stream.output)
        hits = recording.search(pattern, regex=regex, areas=where, progress=lambda done: progress.update(done, total))
    if len(hits) >= MAX_HITS:
        print_status(f"Showing the first {MAX_HITS:,} matches; the search was stopped.")
    if as_json:
        write_json([_as_json(hit) for hit in hits])
    for hit in hits if not as_json else ():
        text, start, end = hit.text, hit.start, hit.end
        found = sanitize(text[:start]) + style(sanitize(text[start:end]), "bold", "yellow") + sanitize(text[end:])
        where = hit.where if hit.drawn else "not drawn"
        write(f"{style(recording.format_time(hit.time), 'faint')}  {where:<10}  {found}")
    exit_code = print_gaps(recording)
    if not hits and not as_json:
        print_status(no_matches_text(recording.known_completeness))
    return 0 if hits else exit_code or NOT_FOUND_EXIT_CODE


def _as_json(hit: Hit) -> dict[str, object]:
    found: dict[str, object] = {"time": hit.time, "where": hit.where, "text": hit.text}
    return found if hit.drawn else found | {"drawn": False}
