"""`scan`: the findings of many sessions, ranked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing

import click

from replay_tui.archive.analyse import ScanJob
from replay_tui.archive.scan_result import ScanResult, rank
from replay_tui.archive.source import SessionSource, expand_paths
from replay_tui.cli.engines import Engine, engine_options
from replay_tui.cli.gateway import connect, gateway_options
from replay_tui.cli.options import encoding_option, examples, given_encoding
from replay_tui.cli.output import Progress, is_terminal, print_status, style, write
from replay_tui.cli.text_page import SEVERITY_STYLES, page_width
from replay_tui.cli.user_settings import settings
from replay_tui.domain.completeness import Searched
from replay_tui.domain.display_text import pluralize, sanitize, text_width, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.exact_time import in_seconds
from replay_tui.domain.risk import Severity
from replay_tui.findings.user_rules import user_rules
from replay_tui.presenters.completeness import unread_label
from replay_tui.settings.log_file import log_hint

EXIT_NOTHING_FOUND = 1
EXIT_INCOMPLETE = 3
MAX_NAMED_FAILURES = 5
"""Sources that were not read and are named one by one."""


@click.command(
    "scan",
    epilog=examples(
        "scan sessions/",
        "scan *.json.gz --json | jq -r 'select(.counts.high > 0).source'",
        "scan --flagged --limit 50",
        "scan s3://archive/2026/11/",
        "scan s3://archive/ --engine dask --scheduler tcp://scheduler:8786 --json > findings.jsonl",
    ),
)
@click.argument("paths", metavar="FILES…", nargs=-1, type=click.Path())
@click.option("--flagged", is_flag=True, help="Scan the gateway's flagged sessions instead of files.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="With --flagged: maximum number of sessions.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per session and line.")
@engine_options
@encoding_option
@gateway_options
def command(
    paths: tuple[str, ...],
    flagged: bool,
    limit: int,
    as_json: bool,
    jobs: int | None,
    engine: str,
    scheduler: str | None,
    api_url: str | None,
) -> int:
    """Print the findings of many sessions, the most severe first. A folder means the files in it.

    FILES may include addresses in object stores, such as s3://bucket/folder/ or gs://bucket/*.json.gz (extra `fsspec`).

    Prints a table on a terminal, otherwise one line per session with fields separated by tabs: high, medium, low,
    severity, time, rule, source, evidence. If a session was read or analysed in part or not at all, a ninth field (in
    JSON: searched, failure, fidelity) says what is missing; such a session has a line even without findings, and one of
    which nothing was read has `-` instead of counts (in JSON: null).

    A file that is not a session does not stop the scan. Exit code 0 if something is found and 1 if nothing is found,
    both after everything was read and analysed; 3 if anything was not, whatever was found.
    """
    if flagged == bool(paths):
        raise UsageError("Name files or folders to scan, or use --flagged for the gateway's flagged sessions.")
    chosen = Engine.of(jobs, engine, scheduler, uses_gateway=flagged)
    settings()  # read first, because sources carry the user's credential headers to other processes
    unread = ""
    if flagged:
        results, unread = _scan_flagged(api_url, limit, chosen)
    else:
        results = _scan([SessionSource(path, encoding=given_encoding()) for path in expand_paths(paths)], chosen)
    found = rank(results)
    _write(found, as_json)
    _print_failures([one for one in results if one.searched is Searched.NOT])
    code = _print_summary(results)
    if unread:
        print_status(unread)
    return EXIT_INCOMPLETE if unread else code


def _scan_flagged(api_url: str | None, limit: int, engine: Engine) -> tuple[list[ScanResult], str]:
    """Return the results, and a sentence about the sessions of which it is unknown whether they are flagged."""
    from replay_tui.cli.find_sessions import find_sessions
    from replay_tui.gateway.session_list import Filters

    with connect(api_url, read_only=True) as client:
        found = find_sessions(client, Filters(), flagged=True, limit=limit)
        if found.more:
            print_status(found.more.replace("are shown", "are scanned").replace("shows more", "scans more"))
        ids = [one.fields.id for one in found.rows if one.fields.id]
        sources = [SessionSource(one, encoding=given_encoding(), client=client) for one in ids]
        return _scan(sources, engine), found.unread_text


def _scan(sources: Sequence[SessionSource], engine: Engine) -> list[ScanResult]:
    """Analyse the sources with progress on stderr; one result for each."""
    job = ScanJob(user_rules(settings().rules, settings().sigma_rules))
    with Progress("scanning") as progress, closing(engine.run(sources, job)) as outcomes:  # type: ignore[type-var]  # a generator
        results = []
        for _, result in outcomes:
            results.append(result)
            progress.update(len(results), len(sources))
    return results


def _write(results: list[ScanResult], as_json: bool) -> None:
    from replay_tui.export.text_formats import ascii_json

    if as_json:
        for one in results:
            write(ascii_json(one.as_json()))
        return
    if results and is_terminal(sys.stdout):
        write(style("HIGH  MED  LOW  WORST", "faint"))
    for one in results:
        write(_table_lines(one) if is_terminal(sys.stdout) else "\t".join(_fields(one)))


def _fields(result: ScanResult) -> list[str]:
    worst = result.worst
    counts = [_count(result, one) for one in ("high", "medium", "low")]
    finding = [worst.severity.value, in_seconds(result.worst_time), worst.rule] if worst else ["-", "", ""]
    evidence = " ".join(sanitize(worst.evidence).split()) if worst else ""
    return [*counts, *finding, sanitize(result.source), evidence, *_gap(result)]


def _count(result: ScanResult, severity: str) -> str:
    return "-" if result.searched is Searched.NOT else str(result.counts[severity])


def _gap(result: ScanResult) -> list[str]:
    """Return what was not searched, in a list; an empty list if nothing is missing."""
    if result.searched is Searched.FULLY:
        return []
    label = unread_label(result.completeness) if result.searched is Searched.NOT else "incomplete"
    return [f"{label}: {result.gap_text}"]


def _table_lines(result: ScanResult) -> str:
    worst, width = result.worst, page_width()
    counts = [f"{result.counts[one] or '-':>{wide}}" for one, wide in (("high", 4), ("medium", 3), ("low", 3))]
    lead = "  ".join(counts)
    room, indent = max(20, width - text_width(lead) - 2), " " * (text_width(lead) + 2)
    lines = [f"{lead}  {style(sanitize(result.source), 'bold')}"]
    if worst:
        text = f"{worst.severity.symbol} {result.worst_time}  {sanitize(worst.message)}"
        if worst.evidence:
            text += f" {' '.join(sanitize(worst.evidence).split())}"
        lines.append(indent + style(truncate(text, room), *SEVERITY_STYLES[Severity(worst.severity)]))
    lines += [indent + style(truncate(gap, room), "yellow") for gap in _gap(result)]
    return "\n".join(lines)


def _print_failures(failed: list[ScanResult]) -> None:
    for one in sorted(failed, key=lambda result: result.source)[:MAX_NAMED_FAILURES]:
        name = sanitize(one.source)
        print_status(one.gap_text if one.failure else f"{name} was {unread_label(one.completeness)}: {one.gap_text}.")
    if len(failed) > MAX_NAMED_FAILURES:
        more = len(failed) - MAX_NAMED_FAILURES
        print_status(f"And {more} more were not analysed, {len(failed)} in all.")


def _print_summary(results: list[ScanResult]) -> int:
    """Print how many sessions have findings, and how many were not read or analysed completely. Return the exit code.

    An incomplete scan has its own exit code, because neither findings nor their absence say what else there is.
    """
    read = [one for one in results if one.searched is not Searched.NOT]
    partly = [one for one in read if one.searched is Searched.PARTLY]
    count = sum(one.worst is not None for one in read)
    if read:
        print_status(f"{count or 'None'} of {len(read)} sessions {'has' if count == 1 else 'have'} findings.")
    if len(read) < len(results):
        print_status(f"{pluralize(len(results) - len(read), 'source')} not analysed.")
    if partly:
        hint = f" {log_hint()}" if any(one.is_failure for result in partly for one in result.skipped) else ""
        print_status(f"{pluralize(len(partly), 'session')} read or analysed in part: findings may be missing.{hint}")
    if partly or len(read) < len(results):
        return EXIT_INCOMPLETE
    return 0 if count else EXIT_NOTHING_FOUND
