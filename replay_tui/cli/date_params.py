"""Parameter type for dates on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from replay_tui.domain.date_parsing import parse_date


class DateParam(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A date, an RFC 3339 time (UTC if it has no zone), `today`, or a duration before now such as `7d`."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the date with its time zone."""
        if isinstance(value, datetime):
            return value
        moment = parse_date(value, datetime.now(UTC))
        if moment is None:
            self.fail(f"'{value[:40]}' is not a date; write 2026-11-20, 2026-11-20T09:30, today, or 8h, 7d", param, ctx)
        return moment
