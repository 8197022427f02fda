"""Parser of wall-clock positions: `@14:03:07`, `@+1d 01:00` and `@2026-11-03T01:00`, also across changes of the clocks.

A local time that the clocks skip does not exist, and one that they repeat occurs twice; the result says so in a note.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?"
_OF_DAY = re.compile(rf"(?:\+(?P<days>\d{{1,5}})d\s+)?{_TIME}\Z", re.ASCII)
_DATED = re.compile(
    rf"(?P<date>\d{{4}}-\d\d-\d\d)(?:[Tt ]\s*{_TIME}\s*(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?\Z",
    re.ASCII,
)
TOLERANCE = timedelta(seconds=1)
"""A time this much before the start counts as the start, because starts have fractions of a second."""


class WallClockTime(NamedTuple):
    """A moment in UTC, and a note if the clocks skipped or repeated the local time (else an empty text)."""

    moment: datetime
    note: str = ""


def parse_wall_clock(text: str, start: datetime, zone: tzinfo | None) -> WallClockTime:
    """Return the moment that `text`, without its `@`, names in a session that began at `start`.

    `zone` is the zone of times without an offset; None is the local zone. A time without a date is the first such time
    after the start. Raises `ValueError` or `OverflowError` for an invalid text or a date out of range.
    """
    first_day = start.astimezone(zone).date()
    if found := _OF_DAY.match(text):
        at = _time_of(found)
        if found["days"] is not None:
            return _resolve(first_day + timedelta(days=int(found["days"])), at, zone, start)
        same_day = _resolve(first_day, at, zone, start)
        if same_day.moment >= start - TOLERANCE:
            return same_day
        return _resolve(first_day + timedelta(days=1), at, zone, start)
    if not (found := _DATED.match(text)):
        raise ValueError("not a wall-clock time")
    day = date.fromisoformat(found["date"])
    at = _time_of(found) if found["hour"] else timedelta()
    if offset := found["zone"]:
        return WallClockTime(datetime.combine(day, time(), _offset_zone(offset)).astimezone(UTC) + at)
    return _resolve(day, at, zone, start)


def _time_of(found: re.Match[str]) -> timedelta:
    hour, minute, second = int(found["hour"]), int(found["minute"]), float(found["second"] or 0)
    if hour >= 24 or minute >= 60 or second >= 60:
        raise ValueError("out of range")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset_zone(text: str) -> tzinfo:
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{text.upper()}").tzinfo
    assert zone is not None
    return zone


def _resolve(day: date, at: timedelta, zone: tzinfo | None, start: datetime) -> WallClockTime:
    """Return the moment of a local time. Of two moments the first that is not before the start is taken."""
    local = datetime.combine(day, time()) + at
    moments = sorted({_to_utc(local, zone, fold) for fold in (0, 1)})
    existing = [one for one in moments if one.astimezone(zone).replace(tzinfo=None) == local]
    clock = f"{local:%H:%M:%S} on {local:%Y-%m-%d}"
    if not existing:  # in summer time; the other moment is before the change
        shown = moments[-1].astimezone(zone)
        return WallClockTime(moments[-1], f"The clocks skipped {clock}; showing {shown:%H:%M:%S %Z}.")
    in_session = [one for one in existing if one >= start - TOLERANCE] or existing
    if len(in_session) == 1:
        return WallClockTime(in_session[0])
    first, second = (one.astimezone(zone) for one in in_session)
    other = f"@{second:%Y-%m-%dT%H:%M:%S}{_colon(second.strftime('%z'))}"
    return WallClockTime(in_session[0], f"{clock} occurred twice; showing {first:%H:%M:%S %Z}, the other is {other}.")


def _to_utc(local: datetime, zone: tzinfo | None, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:5]}"
