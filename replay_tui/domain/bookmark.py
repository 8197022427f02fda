"""Bookmarks: positions in a recording that a reviewer saved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Bookmark:
    """A position (`time`, seconds since the start of the recording) with the reviewer's note."""

    time: float
    note: str = ""
