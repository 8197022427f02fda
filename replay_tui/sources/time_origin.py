"""Origin of event times: the start of the session, or 1970 in the files of some recorders.

Event times are seconds since the start. Recorders that write the time of day instead, for all events or only for the
first delay, would make a session last for decades.
"""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.fidelity import FidelityWarnings

MIN_EPOCH_SECONDS, MAX_EPOCH_SECONDS = 9e8, 4.2e9
"""1998 to 2103: no session lasts as long as the earliest of these times."""
MAX_DISTANCE_SECONDS = 1e8
"""Three years: the first epoch time is that near to the session's start date, or the date is not its origin."""
_UNITS = (1.0, 1e-3, 1e-6, 1e-9)
EPOCH_TIME = "events with a time since 1970 instead of since the start, moved to the start of the session"


class TimeOrigin:
    """Converts the times of one source, in order, to seconds since its start.

    Attributes:
        start: start date of the session as an epoch time in seconds; None if it is unknown.
        first: epoch time in seconds of the recording's time 0, from the first epoch time in the source; None without.
        previous: converted time of the previous event in seconds.
    """

    def __init__(self, log: FidelityWarnings, start: float | None = None) -> None:
        self.start = start
        self.first: float | None = None
        self._log = log
        self.previous = 0.0

    def convert(self, time: float) -> float:
        """Return the time of the next event in seconds since the start."""
        if time >= MIN_EPOCH_SECONDS and (unit := epoch_unit(time)) is not None:
            self._log.add("epoch-time", EPOCH_TIME)
            time = self._since_start(time * unit)
        self.previous = time
        return time

    def convert_all(self, times: Sequence[float]) -> list[float | None]:
        """Return the converted times of the next events."""
        if times and max(times) < MIN_EPOCH_SECONDS:
            self.previous = times[-1]
            return list(times)
        return [self.convert(time) for time in times]

    def _since_start(self, absolute: float) -> float:
        if self.first is None:
            start = self.start
            near = start is not None and self.previous <= absolute - start < MAX_DISTANCE_SECONDS
            self.first = start if near else absolute - self.previous
        assert self.first is not None
        return absolute - self.first


def epoch_unit(time: float) -> float | None:
    """Return the unit in seconds of a time since 1970; None if `time` cannot be one."""
    return next((unit for unit in _UNITS if MIN_EPOCH_SECONDS <= time * unit <= MAX_EPOCH_SECONDS), None)
