"""How long work is stopped in the middle: whoever asked for it hands in a `stop`, which is asked now and then."""

from __future__ import annotations


class Cancelled(Exception):
    """The caller's `stop` said so in the middle of the work."""


def never_cancelled() -> bool:
    """The `stop` of work that always runs to its end."""
    return False
