"""Parser for dates that users write: ISO dates, `today`, and relative dates such as `8h`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"^(\d{1,6})\s*(s|m|h|d|w)$")
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
