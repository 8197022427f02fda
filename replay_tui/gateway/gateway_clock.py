"""Clock of the gateway, estimated from the `Date` of its answers: time windows and ages depend on it, not on ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MIN_DIFFERENCE = timedelta(minutes=1)
"""Smaller differences are not corrected; the header has whole seconds, and an answer can be late."""
MAX_DIFFERENCE = timedelta(days=400)
"""Larger ones are ignored, as an invalid header."""


class GatewayClock:
    """Current time of the gateway. `difference` is how far it is ahead of this computer, zero if that is not known."""

    def __init__(self) -> None:
        self.difference = timedelta()

    def observe(self, date: str | None) -> None:
        """Take the `Date` header of an answer that has just arrived."""
        try:
            moment = parsedate_to_datetime(date or "")
            ahead = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
        except (ValueError, OverflowError, TypeError, LookupError):  # all raised by the standard library's parser
            return
        self.difference = ahead if MIN_DIFFERENCE <= abs(ahead) <= MAX_DIFFERENCE else timedelta()

    def now(self) -> datetime:
        """Return the gateway's current time in UTC."""
        return datetime.now(UTC) + self.difference
