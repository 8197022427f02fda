"""Dates as people write them: whole ones, `today`, and spans back from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"^(\d{1,6})\s*(s|m|h|d|w)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_date(text: str, now: datetime) -> datetime | None:
    """The moment that a text means at `now`, with its zone (UTC where none is written); None where it means nothing.

    A date, a time in RFC 3339, `today`, or a span back from now such as `90m`, `8h`, `7d`.
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
