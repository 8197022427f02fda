"""Bookmarks: moments that a reviewer wants to come back to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Bookmark:
    """A moment, in seconds, and why it is worth coming back to."""

    time: float
    note: str = ""
