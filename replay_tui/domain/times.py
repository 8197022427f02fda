"""Times as users read and write them: playback times, wall-clock positions, dates, and relative dates such as `8h`.

A playback time is a float: seconds since the start of the recording. A wall-clock position is `@14:03:07`,
`@+1d 01:00` or `@2026-11-03T01:00`. A local time that the clocks skip does not exist, and one that they repeat occurs
twice; the result says so in a note.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?"
_OF_DAY = lazy_compile(rf"(?:\+(?P<days>\d{{1,5}})d\s+)?{_TIME}\Z", re.ASCII)
_DATED = lazy_compile(
    rf"(?P<date>\d{{4}}-\d\d-\d\d)(?:[Tt ]\s*{_TIME}\s*(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?\Z",
    re.ASCII,
)
START_TOLERANCE = timedelta(seconds=1)
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
        if same_day.moment >= start - START_TOLERANCE:
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
    in_session = [one for one in existing if one >= start - START_TOLERANCE] or existing
    if len(in_session) == 1:
        return WallClockTime(in_session[0])
    first, second = (one.astimezone(zone) for one in in_session)
    other = f"@{second:%Y-%m-%dT%H:%M:%S}{_colon(second.strftime('%z'))}"
    return WallClockTime(in_session[0], f"{clock} occurred twice; showing {first:%H:%M:%S %Z}, the other is {other}.")


def _to_utc(local: datetime, zone: tzinfo | None, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:5]}"


_CLOCK = lazy_compile(r"^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)$")


def format_time(seconds: float, *, decimals: int = 1) -> str:
    """Return `seconds` as `HH:MM:SS.f`, rounded down, so that the displayed time is never in the future."""
    scale = 10**decimals
    # The small addend corrects binary fractions: 0.3 must not become 0.2.
    ticks = int(max(0.0, seconds) * scale + 1e-6)
    whole, part = divmod(ticks, scale)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text


def format_mmss(seconds: float) -> str:
    """Return `seconds` as `MM:SS.f`, with hours only if they are not zero."""
    text = format_time(seconds)
    return text[3:] if text.startswith("00:") else text


def format_rough(seconds: float) -> str:
    """Return an estimated duration with one unit: `5 s`, `3 min`, `2 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{round(seconds / 3600)} h"


def format_duration(seconds: float) -> str:
    """Return a duration with units: `0.04 s`, `12.6 s`, `3 min 12 s`, `2 h 05 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    if seconds < 172800:
        return f"{int(seconds) // 3600} h {int(seconds) // 60 % 60:02d} min"
    return f"{int(seconds) // 86400} d {int(seconds) // 3600 % 24} h"


def parse_time(text: str, duration: float, *, start: datetime | None = None, zone: tzinfo | None = None) -> float:
    """Return the time in seconds that `text` names, clamped to `0..duration`.

    Formats: `95.5` (seconds), `MM:SS` and `H:MM:SS` with optional fractions, `50%`, and wall-clock times in `zone`,
    which require `start`: `@14:03:07`, `@+1d 01:00`, `@2026-11-03T01:00`. Raises `UsageError` for other formats, or if
    `start` is missing.
    """
    try:
        return min(max(0.0, _parse(text.strip(), duration, start, zone)), duration)
    except (ValueError, OverflowError):  # several hundred digits, or a date out of range
        raise _invalid_time(text) from None


def wall_clock_note(text: str, start: datetime, zone: tzinfo | None) -> str:
    """Return why a wall-clock time is not unique: the clocks skipped or repeated it. Empty for any other time."""
    try:
        return parse_wall_clock(text.strip()[1:], start, zone).note if text.strip().startswith("@") else ""
    except (ValueError, OverflowError):
        return ""


def _parse(text: str, duration: float, start: datetime | None, zone: tzinfo | None) -> float:
    if text.startswith("@"):
        if start is None:
            raise UsageError("This session has no start date, which a wall-clock time requires; give an elapsed time.")
        return (parse_wall_clock(text[1:], start, zone).moment - start).total_seconds()
    if text.endswith("%"):
        share = float(text[:-1])
        if not math.isfinite(share):
            raise _invalid_time(text)
        return share / 100 * duration
    if found := _CLOCK.match(text):
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    value = float(text)
    if not math.isfinite(value):
        raise _invalid_time(text)
    return value


def _invalid_time(text: str) -> UsageError:
    return UsageError(
        f"'{truncate(sanitize(text), 40)}' is not a time; write 95.5, 1:02:03, 50%, @14:03:07 or @2026-11-03T14:03."
    )


_AGO = lazy_compile(r"^(\d{1,6})\s*(s|m|h|d|w)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_date(text: str, now: datetime) -> datetime | None:
    """Return the time that `text` names relative to `now`, in UTC if `text` has no zone; None if `text` is invalid.

    Accepts an ISO date, an RFC 3339 time, `today`, and a duration before `now` such as `90m`, `8h`, `7d`.
    """
    text = text.strip()
    try:
        if found := _AGO.match(text.lower()):
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        if text.lower() == "today":
            return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
