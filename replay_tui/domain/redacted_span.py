"""Redacted span."""

from __future__ import annotations

from typing import NamedTuple


class RedactedSpan(NamedTuple):
    """Bytes of one event that are never shown: `start` to `stop` within the payload of event `event`."""

    event: int
    start: int
    stop: int
