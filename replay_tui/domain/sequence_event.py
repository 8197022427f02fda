"""Sequence event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SequenceEvent:
    """A sequence met at screen byte `offset`, at `time` (seconds). `text` is its content, cut; it is not clean."""

    offset: int
    time: float
    kind: str
    text: str
