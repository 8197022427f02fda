"""Byte range of an event's payload that is always redacted, such as an authentication message."""

from __future__ import annotations

from typing import NamedTuple


class RedactedSpan(NamedTuple):
    """Bytes `start` to `stop` of the payload of event `event` (index), which are never displayed."""

    event: int
    start: int
    stop: int
