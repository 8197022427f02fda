"""Idle compression: a mapping between recorded time and playback time that shortens idle gaps."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum

IDLE_THRESHOLD_SECONDS = 2.0
"""Gaps without input or output that are longer than this count as idle."""


class IdleMode(StrEnum):
    """Playback of idle gaps: at full length, capped at two seconds, or with logarithmic length."""

    REAL = "real"
    CAP = "cap"
    LOG = "log"

    @property
    def next(self) -> IdleMode:
        """The next mode; the first one after the last."""
        modes = list(IdleMode)
        return modes[(modes.index(self) + 1) % len(modes)]


class TimeMap:
    """Strictly increasing mapping between recorded and playback time in seconds. No recorded time is skipped."""

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
        """Return the playback time of a recorded time (both in seconds)."""
        return _map(recorded, self._recorded, self._played)

    def recorded(self, played: float) -> float:
        """Return the recorded time at a playback time (both in seconds)."""
        return _map(played, self._played, self._recorded)


def _map(value: float, source: list[float], target: list[float]) -> float:
    position = bisect_right(source, value) - 1
    if position < 0:
        return target[0] + value - source[0]
    if position + 1 == len(source):
        return target[-1] + value - source[-1]
    part = (value - source[position]) / (source[position + 1] - source[position])
    return target[position] + part * (target[position + 1] - target[position])
