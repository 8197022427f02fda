"""Player: a playback state machine. Computes the position from an injected clock, so that it cannot drift.

Idle compression maps recorded time to playback time and shortens idle gaps.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import StrEnum

from replay_tui.domain.event_stream import EventStream

IDLE_THRESHOLD_SECONDS = 2.0
"""Gaps without input or output that are longer than this count as idle."""


class IdleMode(StrEnum):
    """Playback of idle gaps: at full length, capped at two seconds, with logarithmic length, or limited.

    `LIMIT` applies the limit in an asciicast's header; without one it is the same as `REAL`.
    """

    REAL = "real"
    CAP = "cap"
    LOG = "log"
    LIMIT = "limit"

    def next(self, *, has_limit: bool = False) -> IdleMode:
        """Return the next mode; the first one after the last."""
        modes = [mode for mode in IdleMode if has_limit or mode is not IdleMode.LIMIT]
        return modes[(modes.index(self) + 1) % len(modes)] if self in modes else IdleMode.REAL


class TimeMap:
    """Strictly increasing mapping between recorded and playback time in seconds. No recorded time is skipped."""

    def __init__(self, gaps: Sequence[tuple[float, float]], mode: IdleMode, limit: float | None = None) -> None:
        self._recorded, self._played = [0.0], [0.0]
        if mode is IdleMode.REAL or (mode is IdleMode.LIMIT and limit is None):
            return
        for start, end in gaps:
            length = end - start
            short = _played_length(length, mode, limit)
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


def _played_length(length: float, mode: IdleMode, limit: float | None) -> float:
    """Return the playback time of an idle gap, both in seconds."""
    if mode is IdleMode.LIMIT:
        return length if limit is None else limit
    excess = math.log(max(length, IDLE_THRESHOLD_SECONDS) / IDLE_THRESHOLD_SECONDS) if mode is IdleMode.LOG else 0.0
    return IDLE_THRESHOLD_SECONDS + excess


def _map(value: float, source: list[float], target: list[float]) -> float:
    position = bisect_right(source, value) - 1
    if position < 0:
        return target[0] + value - source[0]
    if position + 1 == len(source):
        return target[-1] + value - source[-1]
    part = (value - source[position]) / (source[position + 1] - source[position])
    return target[position] + part * (target[position + 1] - target[position])


SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)
ALL_KINDS = "oiermxb?"


class PlayerState(StrEnum):
    """Playback state."""

    PAUSED = "paused"
    PLAYING = "playing"
    ENDED = "ended"


class Player:
    """Plays, pauses, seeks and steps in a stream that may still grow.

    `clock` returns monotonic seconds. `gaps` are idle gaps as (start, end) in recorded seconds, `idle_limit` the limit
    of the mode `LIMIT`.
    """

    def __init__(
        self,
        stream: EventStream,
        gaps: Sequence[tuple[float, float]] = (),
        clock: Callable[[], float] = time.monotonic,
        *,
        speed: float = 1.0,
        idle: IdleMode = IdleMode.REAL,
        idle_limit: float | None = None,
    ) -> None:
        self._stream, self._gaps, self._clock = stream, gaps, clock
        self._speed, self._idle = clamp_speed(speed), idle
        self._limit = idle_limit
        self._map = TimeMap(gaps, idle, idle_limit)
        self._state = PlayerState.PAUSED
        self._anchor = 0.0  # recorded time in seconds at clock time `_since`
        self._since = clock()
        self._count: int | None = None  # events shown after a step, which can stop between events of the same time

    @property
    def state(self) -> PlayerState:
        """The current state. Playback ends at the last event."""
        self._update()
        return self._state

    @property
    def playing(self) -> bool:
        """Return True while playback is running."""
        return self.state is PlayerState.PLAYING

    @property
    def duration(self) -> float:
        """Time of the last event in seconds."""
        return self._stream.duration

    @property
    def position(self) -> float:
        """Current position in recorded seconds."""
        self._update()
        return self._now() if self._state is PlayerState.PLAYING else self._anchor

    @property
    def count(self) -> int:
        """Number of events at or before the current position."""
        position = self.position
        return self._stream.event_count_at(position) if self._count is None else self._count

    @property
    def speed(self) -> float:
        """Playback speed, from 0.25 to 64."""
        return self._speed

    @property
    def idle(self) -> IdleMode:
        """Playback mode of idle gaps."""
        return self._idle

    def _now(self) -> float:
        played = self._map.played(self._anchor) + (self._clock() - self._since) * self._speed
        return min(self._map.recorded(played), self.duration)

    def _update(self) -> None:
        if self._state is PlayerState.PLAYING and (now := self._now()) >= self.duration:
            self._state, self._anchor = PlayerState.ENDED, now
        elif self._state is PlayerState.ENDED and self._anchor < self.duration:
            self._state = PlayerState.PAUSED  # the stream has grown

    def _anchor_now(self) -> None:
        """Make the current position and clock time the reference for the following positions."""
        self._anchor, self._since = self.position, self._clock()

    def play(self) -> None:
        """Start playback; at the end of the recording, restart it."""
        self._anchor_now()
        if self._state is PlayerState.ENDED or (self._anchor >= self.duration and self.duration > 0):
            self._anchor = 0.0
        self._state, self._count = PlayerState.PLAYING, None

    def pause(self) -> None:
        """Pause at the current position."""
        self._anchor_now()
        if self._state is PlayerState.PLAYING:
            self._state = PlayerState.PAUSED

    def toggle(self) -> None:
        """Pause if playing, else play."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Move to a recorded time in seconds, clamped to the recording. Playback continues if it was running."""
        self._update()
        self._anchor = min(max(0.0, seconds), self.duration)
        self._since, self._count = self._clock(), None
        if self._state is PlayerState.ENDED:
            self._state = PlayerState.PAUSED

    def seek_by(self, seconds: float) -> None:
        """Move by recorded seconds; a negative number moves back."""
        self.seek(self.position + seconds)

    def step(self, direction: int, kinds: str = ALL_KINDS) -> None:
        """Pause and move by one event of `kinds` (`direction` 1 or -1), also between events of the same time."""
        count = self.count
        self.pause()
        wanted = frozenset(kinds.encode())
        count += direction
        while 0 < count <= len(self._stream) and self._stream.kinds[count - 1] not in wanted:
            count += direction
        count = min(max(count, 0), len(self._stream))
        self._anchor = self._stream.times[count - 1] if count else 0.0
        self._since, self._count, self._state = self._clock(), count, PlayerState.PAUSED

    def set_speed(self, speed: float) -> None:
        """Set the speed, clamped to 0.25-64, without changing the position."""
        self._anchor_now()
        self._speed = clamp_speed(speed)

    def faster(self) -> None:
        """Select the next higher speed in `SPEEDS`."""
        self.set_speed(next((speed for speed in SPEEDS if speed > self._speed), SPEEDS[-1]))

    def slower(self) -> None:
        """Select the next lower speed in `SPEEDS`."""
        self.set_speed(next((speed for speed in reversed(SPEEDS) if speed < self._speed), SPEEDS[0]))

    @property
    def idle_limit(self) -> float | None:
        """Limit of idle gaps in seconds that the recording asks for."""
        return self._limit

    def next_idle(self) -> None:
        """Select the next playback mode of idle gaps."""
        self.set_idle(self._idle.next(has_limit=self._limit is not None))

    def set_idle(self, mode: IdleMode) -> None:
        """Set the playback mode of idle gaps without changing the position."""
        self._anchor_now()
        self._idle, self._map = mode, TimeMap(self._gaps, mode, self._limit)


def clamp_speed(speed: float) -> float:
    """Return `speed` limited to the range from 0.25 to 64."""
    return min(max(speed, SPEEDS[0]), SPEEDS[-1])
