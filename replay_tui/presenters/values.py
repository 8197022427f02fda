"""Text of single values: dates, times of day, mappings, JSON, byte counts, names with details."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from replay_tui.domain.display_text import truncate
from replay_tui.presenters.document import MAX_PAIRS, Pairs

MAX_JSON_CHARS = 300
"""Characters of one JSON value in a list of pairs."""


def format_date(value: object, zone: str = "") -> str:
    """Return a date and time with its zone, empty if `value` is no date.

    `zone` is `utc`, `local`, or empty for the zone that the gateway sent.
    """
    if not isinstance(value, datetime):
        return ""
    try:
        shown = value.astimezone(UTC if zone == "utc" else None) if zone else value
    except (OverflowError, OSError, ValueError):  # year 1 or 9999
        shown = value
    return shown.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def compact_json(value: object, limit: int = MAX_JSON_CHARS) -> str:
    """Return a JSON value on one line, truncated to `limit` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return truncate(text, limit)


def pairs_of(label: str, values: Mapping[str, Any] | None) -> list[Pairs]:
    """Return a mapping as labelled pairs, an empty list for an empty mapping."""
    if not values:
        return []
    pairs = tuple((str(key), compact_json(value)) for key, value in islice(values.items(), MAX_PAIRS))
    return [Pairs(label, pairs, len(values) - len(pairs))]


def format_size(count: int | None) -> str:
    """Return a byte count with a unit, in at most 8 cells: `512 B`, `2.0 KiB`, `14 KiB`; empty for None."""
    if count is None:
        return ""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            value = count / factor
            return f"{value:.{1 if value < 9.95 else 0}f} {unit}"
    return f"{count} B"


def with_detail(name: str | None, detail: str | None) -> str:
    """Return a name followed by its longer form in brackets, if that differs."""
    return f"{name} ({detail})" if name and detail and detail != name else name or detail or ""


def wall_clock(start: object, position: float, mode: str, *, dated: bool = False) -> str:
    """Return the time of day `position` seconds after `start`; `mode` is `elapsed` (empty text), `local` or `utc`.

    From the second day on it begins with the date, if `dated` always.
    """
    if mode == "elapsed" or not isinstance(start, datetime):
        return "" if mode == "elapsed" else "no start date"
    try:
        zone = UTC if mode == "utc" else None
        moment = (start.astimezone(UTC) + timedelta(seconds=position)).astimezone(zone)
        date = "%Y-%m-%d " if dated or moment.date() != start.astimezone(zone).date() else ""
        return moment.strftime(f"{date}%H:%M:%S %Z")
    except (OverflowError, OSError, ValueError):
        return ""


def day_and_time(start: object) -> str:
    """Return the start of a session in local time, in at most 12 cells; `no date` if it is unknown."""
    if not isinstance(start, datetime):
        return "no date"
    local = start.astimezone()
    return local.strftime("%d %b %H:%M" if local.year == datetime.now().year else "%d %b %Y")


def zone_name(zone: str) -> str:
    """Return the name of the time zone: `UTC`, or that of the local time."""
    return "UTC" if zone == "utc" else datetime.now().astimezone().tzname() or "local"
