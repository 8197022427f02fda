"""Cooperative cancellation: long-running functions poll an `is_cancelled` callback and raise `Cancelled`."""

from __future__ import annotations


class Cancelled(Exception):
    """Raised by a function whose `is_cancelled` callback returned True."""


def never_cancelled() -> bool:
    """Return False: the default `is_cancelled` callback of functions that can be cancelled."""
    return False
