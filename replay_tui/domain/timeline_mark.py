"""Timeline mark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from replay_tui.domain.risk import Severity


class MarkKind(StrEnum):
    """What a mark on the timeline stands for."""

    STATEMENT = "statement"
    FINDING = "finding"
    SEARCH = "search"
    RESIZE = "resize"
    BOOKMARK = "bookmark"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """A moment worth a tick on the timeline; findings carry their severity."""

    time: float
    kind: MarkKind
    label: str = ""
    severity: Severity | None = None
