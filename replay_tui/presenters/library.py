"""The library: its state as labelled lines, the coverage of a search in it, and the novelty of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from replay_tui.domain.completeness import Coverage
from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.statement import Novelty
from replay_tui.presenters.values import format_size

MAX_NAMED_SOURCES = 5


def library_lines(
    *,
    folder: str,
    sessions: int,
    complete: int,
    text_bytes: int,
    size_bytes: int,
    limit_bytes: int,
    first: float | None,
    last: float | None,
    statements: int,
    findings: int,
    gaps: Mapping[str, int],
    outdated: int,
    waiting: Sequence[tuple[str, str]],
    unreadable: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield (label, text) pairs; not sanitised."""
    yield "library", folder
    yield "sessions", f"{sessions:,}, {complete:,} complete"
    if dates := dates_text(first, last):
        yield "dates", dates
    yield "text", format_size(text_bytes)
    yield "size", f"{format_size(size_bytes)} of {format_size(limit_bytes)}"
    yield "statements", f"{statements:,}"
    yield "findings", f"{findings:,}"
    for gap, count in gaps.items():
        yield "incomplete", f"{count:,} {gap}"
    if outdated:
        yield "outdated", f"{outdated:,} read by an earlier version; `archive add` with their sources reads them again"
    yield from _sources("not added yet", waiting)
    yield from _sources("not readable", unreadable)


def dates_text(first: float | None, last: float | None) -> str:
    """Return the first and last day of the sessions, given in seconds since 1970; empty if unknown."""
    return "" if first is None or last is None else f"{_day(first)} to {_day(last)}"


def _sources(label: str, rows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for location, reason in rows[:MAX_NAMED_SOURCES]:
        yield label, reason if location in reason else f"{location}{': ' if reason else ''}{reason}"
    if len(rows) > MAX_NAMED_SOURCES:
        yield label, f"and {pluralize(len(rows) - MAX_NAMED_SOURCES, 'other source')}"


def _day(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return "unknown"


def coverage_text(coverage: Coverage, *, done: str = "searched") -> str:
    """Return `3 of 5 sessions searched; not searched: 1 withheld, 1 unreadable`."""
    total = coverage.total
    text = f"{coverage.searched:,} of {total:,} session{'' if total == 1 else 's'} {done}"
    reasons = [f"{count:,} {sanitize(reason)}" for reason, count in coverage.reasons.most_common() if count]
    return f"{text}; not {done}: {', '.join(reasons)}" if reasons else text


def novelty_text(novelty: Novelty) -> str:
    """Return `first time: 0 of this user's 212 sessions, 3 of 40 colleagues`; empty if it is not new."""
    if not novelty.is_new:
        return ""
    colleagues = f"{novelty.colleagues:,} of {pluralize(novelty.colleague_total, 'colleague')}"
    if novelty.has_too_few_sessions:
        return f"too few sessions to compare: {novelty.own_total} earlier, {colleagues}"
    return f"first time: 0 of this user's {novelty.own_total:,} sessions, {colleagues}"
