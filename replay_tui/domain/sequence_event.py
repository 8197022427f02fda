"""Control sequence that the analysis reports, such as a window title or a clipboard write."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SequenceEvent:
    """Control sequence at output byte `offset` and `time` (seconds). `text`: its content, truncated, not sanitised."""

    offset: int
    time: float
    kind: str
    text: str
