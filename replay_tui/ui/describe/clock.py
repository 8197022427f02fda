"""The wall clock at the playhead."""

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
