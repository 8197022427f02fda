"""Idle stretches made shorter: a map between recorded seconds and played seconds."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum

IDLE_THRESHOLD_SECONDS = 2.0
"""Seconds without input or output after which a stretch counts as idle."""


class IdleMode(StrEnum):
    """How idle stretches are played: as long as they were, two seconds at most, or their logarithm."""

    REAL = "real"
    CAP = "cap"
    LOG = "log"

    @property
    def next(self) -> IdleMode:
        """The next mode, round and round."""
        modes = list(IdleMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class TimeMap:
    """Recorded time to played time and back. Strictly increasing: every recorded moment is still reached."""

    def __init__(self, gaps: Sequence[tuple[float, float]], mode: IdleMode) -> None:
        self._recorded, self._played = [0.0], [0.0]
        if mode is IdleMode.REAL:
            return
        for start, end in gaps:
            length = end - start
            short = (
                IDLE_THRESHOLD_SECONDS
                if mode is IdleMode.CAP
                else IDLE_THRESHOLD_SECONDS + math.log(length / IDLE_THRESHOLD_SECONDS)
            )
            if length <= short:
                continue
            begin = self.played(start)
            self._recorded += [start, end]
            self._played += [begin, begin + short]

    def played(self, recorded: float) -> float:
        """The played second at which a recorded second is reached."""
        return _map(recorded, self._recorded, self._played)

    def recorded(self, played: float) -> float:
        """The recorded second that a played second shows."""
        return _map(played, self._played, self._recorded)


def _map(value: float, source: list[float], target: list[float]) -> float:
    position = bisect_right(source, value) - 1
    if position < 0:
        return target[0] + value - source[0]
    if position + 1 == len(source):
        return target[-1] + value - source[-1]
    part = (value - source[position]) / (source[position + 1] - source[position])
    return target[position] + part * (target[position + 1] - target[position])
