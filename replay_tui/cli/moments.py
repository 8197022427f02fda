"""Dates as people write them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"^(\d{1,6})\s*(s|m|h|d|w)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Since(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A date, a time in RFC 3339 (UTC where no zone is written), `today`, or a span back from now such as `7d`."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment, with its zone."""
        if isinstance(value, datetime):
            return value
        moment = read_moment(value, datetime.now(UTC))
        if moment is None:
            self.fail(f"'{value[:40]}' is no date; write 2026-11-20, 2026-11-20T09:30, today, or 8h, 7d", param, ctx)
        return moment


def read_moment(text: str, now: datetime) -> datetime | None:
    """What a text means at `now`, None where it means nothing."""
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
