"""`scan`: the findings of many sessions, ranked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing

import click

from replay_tui.archive.engine import analyse_all
from replay_tui.archive.scan_result import ScanResult, Searched, rank
from replay_tui.archive.source import SessionSource, expand_paths
from replay_tui.cli.gateway import connect, gateway_options, settings
from replay_tui.cli.options import encoding_option, examples, given_encoding
from replay_tui.cli.output import Progress, is_terminal, print_status, style, write
from replay_tui.cli.text_page import SEVERITY_STYLES, page_width
from replay_tui.domain.errors import UsageError
from replay_tui.domain.exact_time import in_seconds
from replay_tui.domain.risk import Severity
from replay_tui.domain.text import pluralize, sanitize, text_width, truncate
from replay_tui.findings.rules import custom_rules
from replay_tui.settings.log_file import log_hint

EXIT_NOTHING_FOUND = 1
EXIT_UNREADABLE = 3
MAX_NAMED_FAILURES = 5
"""Sessions that were not analysed and are named one by one."""


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
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="With --flagged.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per session and line.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Sessions analysed in parallel. Default: the number of CPU cores.",
)
@click.option(
    "--engine",
    type=click.Choice(["processes", "dask"]),
    default="processes",
    show_default=True,
    help="Analyse in processes on this machine, or on the workers of a Dask cluster, which read the files themselves.",
)
@click.option("--scheduler", metavar="ADDRESS", help="With --engine dask: address of a scheduler that you trust.")
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
    severity, time, rule, source, evidence. If parts of a session were not read or not analysed, so that findings may be
    missing, a ninth field (in JSON: fidelity) names them; such a session has a line even without findings.

    A file that is not a session does not stop the scan. Exit code 1 if nothing is found, 3 if nothing is found but not
    everything was read and analysed.
    """
    if flagged == bool(paths):
        raise UsageError("Name files or folders to scan, or use --flagged for the gateway's flagged sessions.")
    if (engine == "dask") != bool(scheduler):
        raise UsageError("--engine dask and --scheduler ADDRESS must be used together.")
    if scheduler and (flagged or jobs):
        raise UsageError("--engine dask scans files and addresses, without --flagged and --jobs.")
    jobs = jobs or _core_count()
    if flagged:
        results = _scan_flagged(api_url, limit, jobs)
    else:
        results = _scan(
            [SessionSource(path, encoding=given_encoding()) for path in expand_paths(paths)], jobs, scheduler
        )
    found = rank(results)
    _write(found, as_json)
    _print_failures([one for one in results if one.searched is Searched.NOT])
    return _print_summary(results)


def _core_count() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _scan_flagged(api_url: str | None, limit: int, jobs: int) -> list[ScanResult]:
    from replay_tui.cli.list import find_sessions
    from replay_tui.gateway.session_list import Filters

    with connect(api_url, read_only=True) as client:
        sessions, more = find_sessions(client, Filters(), flagged=True, limit=limit)
        if more:
            print_status(more.replace("are shown", "are scanned").replace("shows more", "scans more"))
        ids = [one.fields.id for one in sessions if one.fields.id]
        return _scan([SessionSource(one, encoding=given_encoding(), client=client) for one in ids], jobs)


def _scan(sources: Sequence[SessionSource], jobs: int, scheduler: str | None = None) -> list[ScanResult]:
    """Analyse the sources with progress on stderr; one result for each."""
    with Progress("scanning") as progress, closing(_analyse(sources, jobs, scheduler)) as outcomes:  # type: ignore[type-var]  # a generator
        results = []
        for _, result in outcomes:
            results.append(result)
            progress.update(len(results), len(sources))
    return results


def _analyse(sources: Sequence[SessionSource], jobs: int, scheduler: str | None) -> Iterator[tuple[int, ScanResult]]:
    rules = custom_rules(settings().rules)
    if scheduler is None:
        return analyse_all(sources, rules, jobs)
    from replay_tui.archive.dask_engine import analyse_on_cluster

    return analyse_on_cluster(
        sources, rules, scheduler, lambda: print_status("The scheduler has no workers yet; waiting for them.")
    )


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
    counts = [str(result.counts[one]) for one in ("high", "medium", "low")]
    finding = [worst.severity.value, in_seconds(result.worst_time), worst.rule] if worst else ["-", "", ""]
    evidence = " ".join(sanitize(worst.evidence).split()) if worst else ""
    skipped = [_skipped_text(result)] if result.skipped else []
    return [*counts, *finding, sanitize(result.source), evidence, *skipped]


def _skipped_text(result: ScanResult) -> str:
    return "; ".join(sanitize(one.sentence) for one in result.skipped)


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
    if result.skipped:
        lines.append(indent + style(truncate(f"Skipped: {_skipped_text(result)}", room), "yellow"))
    return "\n".join(lines)


def _print_failures(failed: list[ScanResult]) -> None:
    for one in sorted(failed, key=lambda result: result.source)[:MAX_NAMED_FAILURES]:
        print_status(one.failure_sentence)
    if len(failed) > MAX_NAMED_FAILURES:
        more = len(failed) - MAX_NAMED_FAILURES
        print_status(f"And {more} more could not be analysed, {len(failed)} in all.")


def _print_summary(results: list[ScanResult]) -> int:
    """Print how many sessions have findings or were analysed in part. Return the exit code."""
    analysed = [one for one in results if one.searched is not Searched.NOT]
    partly = [one for one in analysed if one.searched is Searched.PARTLY]
    count = sum(one.worst is not None for one in analysed)
    if analysed:
        print_status(f"{count or 'None'} of {len(analysed)} sessions {'has' if count == 1 else 'have'} findings.")
    if partly:
        hint = f" {log_hint()}" if any(one.is_failure for result in partly for one in result.skipped) else ""
        print_status(f"{pluralize(len(partly), 'session')} read or analysed in part: findings may be missing.{hint}")
    if count:
        return 0
    return EXIT_UNREADABLE if partly or len(analysed) < len(results) else EXIT_NOTHING_FOUND
