"""`tokenize`: the findings of many sessions, ranked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click

from replay_tui.archive.object_store import display_address, expand_address, is_address
from replay_tui.archive.scan_pool import Outcome, analysis_failed, scan_files
from replay_tui.archive.scan_result import ScanResult, rank
from replay_tui.cli.gateway import connect, gateway_options, settings
from replay_tui.cli.options import examples
from replay_tui.cli.output import is_terminal, print_status, style, write
from replay_tui.cli.progress import Progress
from replay_tui.cli.show_risk import SEVERITY_STYLES
from replay_tui.cli.text_page import cell_count, page_width
from replay_tui.domain.errors import ReplayError, UnreadableSource, UsageError
from replay_tui.domain.risk import Severity
from replay_tui.domain.text import pluralize, sanitize, truncate
from replay_tui.domain.time_format import format_time
from replay_tui.findings.rules import custom_rules
from replay_tui.settings.log_file import log_hint

EXIT_NOTHING_FOUND = 1
EXIT_UNREADABLE = 3
MAX_NAMED_FILES = 5
"""Broken files that are named one by one."""
MAX_DOWNLOADS = 4
"""Sessions that are fetched from a gateway at the same time, at most."""


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
@click.option("--flagged", is_flag=True, help="The gateway's flagged sessions instead of files.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="With --flagged.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each session, one a line.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="Sessions looked at at once. Default: the cores."
)
@click.option(
    "--engine",
    type=click.Choice(["processes", "dask"]),
    default="processes",
    show_default=True,
    help="Who does the work: processes here, or the workers of a Dask cluster, which read the files themselves.",
)
@click.option("--scheduler", metavar="ADDRESS", help="With --engine dask: the cluster's, one that you trust.")
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
    """This program's findings in many sessions, those with the worst first. A folder means the files in it.

    FILES may be addresses of object stores too, such as s3://bucket/folder/ or gs://bucket/*.json.gz (extra `fsspec`).

    A table on a terminal; else a line for each session, its fields separated by tabs: high, medium, low, severity,
    time, rule, source, evidence. Where parts of a session were not read or not analysed, so that findings may be
    missing, a ninth field (in JSON: fidelity) names them; such a session has a line also without findings.

    A file that is no session does not stop the rest. Exit code 1 when nothing is found, 3 when nothing is found but
    not everything was read and analysed.
    """
    if flagged == bool(paths):
        raise UsageError("Name files or folders to scan, or write --flagged for the gateway's flagged sessions.")
    if (engine == "dask") != bool(scheduler):
        raise UsageError("--engine dask and --scheduler ADDRESS go together.")
    if scheduler and (flagged or jobs):
        raise UsageError("--engine dask takes files and addresses, without --flagged or --jobs.")
    jobs = jobs or _cores()
    if flagged:
        rows, broken, looked = _collect(*_remote(api_url, limit, min(jobs, MAX_DOWNLOADS)))
    else:
        named = _files(paths)
        rows, broken, looked = _collect(_outcomes(named, jobs, scheduler), len(named))
    found = rank(rows)
    _write(found, as_json)
    _print_broken(broken)
    if not rows:
        return EXIT_UNREADABLE if broken else EXIT_NOTHING_FOUND
    flagged_rows = sum(row.worst is not None for row in rows)
    print_status(f"{flagged_rows or 'None'} of {looked} sessions {'has' if flagged_rows == 1 else 'have'} findings.")
    _say_skipped(rows)
    if flagged_rows:
        return 0
    return EXIT_UNREADABLE if broken or any(row.skipped for row in rows) else EXIT_NOTHING_FOUND


def _outcomes(paths: list[str], jobs: int, scheduler: str | None) -> Iterator[Outcome]:
    # A wrong rule is said once, not for every file; the user's own words for severities are known here only.
    rules = [
        {**row, "severity": rule.severity.value}
        for row, rule in zip(settings().rules, custom_rules(settings().rules), strict=True)
    ]
    if scheduler is None:
        return scan_files(paths, rules, jobs)
    from replay_tui.cli.scan_dask import scan_on_cluster

    return scan_on_cluster(paths, rules, scheduler)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _files(paths: Sequence[str]) -> list[str]:
    """The files that were named, and those in the folders that were named; hidden ones only by their own name."""
    found: dict[str, None] = {}
    for path in paths:
        if is_address(path):
            found |= dict.fromkeys(expand_address(path))
            continue
        try:
            folder = Path(path).is_dir()
        except (OSError, ValueError):
            folder = False
        if not folder:
            found[path] = None
            continue
        for place, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found |= dict.fromkeys(os.path.join(place, name) for name in sorted(names) if not name.startswith("."))
    if not found:
        raise UnreadableSource(f"There is no file in {', '.join(sanitize(display_address(path)) for path in paths)}.")
    return list(found)


def _collect(outcomes: Iterator[Outcome], total: int) -> tuple[list[ScanResult], list[tuple[str, str]], int]:
    """The rows, the files that gave none with why, and how many sessions were looked at."""
    rows: list[ScanResult] = []
    broken: list[tuple[str, str]] = []
    with Progress("scanning") as progress, closing(outcomes):  # type: ignore[type-var]  # they are generators
        for number, (path, outcome) in enumerate(outcomes, 1):
            if isinstance(outcome, ScanResult):
                rows.append(outcome)
            else:
                broken.append((path, outcome))
            progress.update(number, total)
    return rows, broken, len(rows)


def _remote(api_url: str | None, most: int, jobs: int) -> tuple[Iterator[Outcome], int]:
    """The gateway's flagged sessions, fetched and looked at in threads: most of the time goes into the network."""
    from replay_tui.cli.list import find_sessions
    from replay_tui.gateway.session_list import Filters

    client = connect(api_url, read_only=True)
    try:
        rows, more = find_sessions(client, Filters(), flagged=True, limit=most)
    except BaseException:
        client.close()
        raise
    if more:
        print_status(more.replace("are shown", "are scanned").replace("shows more", "scans more"))
    ids = [row.fields.id for row in rows if row.fields.id]
    return _fetched(client, ids, jobs), len(ids)


def _fetched(client: object, ids: list[str], jobs: int) -> Iterator[Outcome]:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from replay_tui.gateway.cancel_token import CancelToken
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.gateway.session_download import read_whole
    from replay_tui.recording import Recording

    assert isinstance(client, GatewayClient)
    rules, cancel = custom_rules(settings().rules), CancelToken()

    def look(session_id: str) -> Outcome:
        try:
            loaded = read_whole(client, session_id, cancel)
            if loaded is None:
                return session_id, "the gateway gave no answer"
            recording = Recording(loaded)
            recording.custom_rules = rules
            return session_id, ScanResult.from_findings(
                session_id, recording.session, recording.findings, recording.fidelity
            )
        except ReplayError as error:
            return session_id, str(error)
        except Exception as bug:  # one session must not end the scan of the rest
            return session_id, analysis_failed(session_id, bug)

    with client, ThreadPoolExecutor(jobs) as pool:
        try:
            for done in as_completed([pool.submit(look, session_id) for session_id in ids]):
                yield done.result()
        except BaseException:
            cancel.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _write(rows: list[ScanResult], as_json: bool) -> None:
    from replay_tui.export.text_formats import ascii_json

    if as_json:
        for row in rows:
            write(ascii_json(row.as_json()))
        return
    if rows and is_terminal(sys.stdout):
        write(style("HIGH  MED  LOW  WORST", "faint"))
    for row in rows:
        write(_table_line(row) if is_terminal(sys.stdout) else "\t".join(_fields(row)))


def _fields(row: ScanResult) -> list[str]:
    worst = row.worst
    counts = [str(row.counts[one]) for one in ("high", "medium", "low")]
    found = [worst.severity.value, f"{worst.time:.3f}", worst.rule] if worst else ["-", "", ""]
    evidence = " ".join(sanitize(worst.evidence).split()) if worst else ""
    skipped = [_skipped(row)] if row.skipped else []
    return [*counts, *found, sanitize(row.source), evidence, *skipped]


def _skipped(row: ScanResult) -> str:
    return "; ".join(sanitize(one.sentence) for one in row.skipped)


def _table_line(row: ScanResult) -> str:
    worst, width = row.worst, page_width()
    counts = [f"{row.counts[one] or '-':>{wide}}" for one, wide in (("high", 4), ("medium", 3), ("low", 3))]
    lead = "  ".join(counts)
    room, indent = max(20, width - cell_count(lead) - 2), " " * (cell_count(lead) + 2)
    lines = [f"{lead}  {style(sanitize(row.source), 'bold')}"]
    if worst:
        words = f"{worst.severity.symbol} {format_time(worst.time)}  {sanitize(worst.message)}"
        if worst.evidence:
            words += f" {' '.join(sanitize(worst.evidence).split())}"
        lines.append(indent + style(truncate(words, room), *SEVERITY_STYLES[Severity(worst.severity)]))
    if row.skipped:
        lines.append(indent + style(truncate(f"Skipped: {_skipped(row)}", room), "yellow"))
    return "\n".join(lines)


def _say_skipped(rows: list[ScanResult]) -> None:
    """Print how many sessions may have more findings, and where the log is if an exception was the cause."""
    skipped = [row for row in rows if row.skipped]
    if not skipped:
        return
    hint = f" {log_hint()}" if any(one.is_failure for row in skipped for one in row.skipped) else ""
    print_status(f"{pluralize(len(skipped), 'session')} read or analysed in part: findings may be missing.{hint}")


def _print_broken(broken: list[tuple[str, str]]) -> None:
    for path, why in sorted(broken)[:MAX_NAMED_FILES]:
        name = sanitize(display_address(path))
        sentence = why if name in why else f"{name}: {why}"
        print_status(sentence.rstrip(".") + ".")
    if len(broken) > MAX_NAMED_FILES:
        print_status(f"And {len(broken) - MAX_NAMED_FILES} more that are no readable sessions, {len(broken)} in all.")
