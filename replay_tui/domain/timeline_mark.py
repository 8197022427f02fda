"""Marks on the timeline, such as statements, findings and search hits, and the bookmarks of a reviewer."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from replay_tui.domain.risk import Severity


class MarkKind(StrEnum):
    """Kind of a timeline mark."""

    STATEMENT = "statement"
    FINDING = "finding"
    SEARCH = "search"
    RESIZE = "resize"
    BOOKMARK = "bookmark"
    MARKER = "marker"
    CHAPTER = "chapter"


class TimelineMark(Struct, frozen=True):
    """Mark on the timeline at `time` (seconds). `severity` is set for findings only."""

    time: float
    kind: MarkKind
    label: str = ""
    severity: Severity | None = None


class Bookmark(Struct, frozen=True, order=True):
    """A position (`time`, seconds since the start of the recording) with the reviewer's note."""

    time: float
    note: str = ""
