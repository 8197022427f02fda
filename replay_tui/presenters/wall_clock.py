"""Dates and times of day: the wall clock at the playhead, and when a listed session began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def wall_clock(start: object, position: float, mode: str) -> str:
    """The time of day `position` seconds after `start`, in the zone of `mode` (`elapsed`: nothing, `local`, `utc`)."""
    if mode == "elapsed" or not isinstance(start, datetime):
        return "" if mode == "elapsed" else "no start date"
    try:
        moment = start + timedelta(seconds=position)
        return moment.astimezone(UTC if mode == "utc" else None).strftime("%H:%M:%S %Z")
    except (OverflowError, OSError, ValueError):
        return ""


def day_and_time(start: object) -> str:
    """When a listed session began, in local time and at most twelve cells; `no date` where that is not known."""
    if not isinstance(start, datetime):
        return "no date"
    here = start.astimezone()
    return here.strftime("%d %b %H:%M" if here.year == datetime.now().year else "%d %b %Y")
