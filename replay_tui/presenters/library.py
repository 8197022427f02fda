"""The state of the library as labelled lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from replay_tui.domain.display_text import pluralize
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
