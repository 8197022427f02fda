"""The transport: a state machine with a playhead. Its position is computed from the clock, so that nothing drifts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from replay_tui.domain.event_stream import EventStream
from replay_tui.player.idle_compression import IdleMode, TimeMap

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)
ALL_KINDS = "oiermo?"


class PlayerState(StrEnum):
    """What the transport is doing."""

    PAUSED = "paused"
    PLAYING = "playing"
    ENDED = "ended"


class Player:
    """Play, pause, seek and step over a stream that may still grow.

    `clock` gives seconds that never go back (`time.monotonic`). `gaps` are the idle stretches (start, end) in seconds.
    """

    def __init__(
        self,
        stream: EventStream,
        gaps: Sequence[tuple[float, float]] = (),
        clock: Callable[[], float] = time.monotonic,
        *,
        speed: float = 1.0,
        idle: IdleMode = IdleMode.REAL,
    ) -> None:
        self._stream, self._gaps, self._clock = stream, gaps, clock
        self._speed, self._idle = clamp_speed(speed), idle
        self._map = TimeMap(gaps, idle)
        self._state = PlayerState.PAUSED
        self._anchor = 0.0  # the recorded second at which the clock read `_since`
        self._since = clock()
        self._count: int | None = None  # events shown, where a step stands between events of the same time

    @property
    def state(self) -> PlayerState:
        """What it is doing now; playing past the last event ends."""
        self._update()
        return self._state

    @property
    def playing(self) -> bool:
        """Whether the playhead moves."""
        return self.state is PlayerState.PLAYING

    @property
    def duration(self) -> float:
        """Seconds from the start to the last event."""
        return self._stream.duration

    @property
    def position(self) -> float:
        """The playhead in recorded seconds."""
        self._update()
        return self._now() if self._state is PlayerState.PLAYING else self._anchor

    @property
    def count(self) -> int:
        """How many events are shown at the playhead."""
        position = self.position
        return self._stream.event_count_at(position) if self._count is None else self._count

    @property
    def speed(self) -> float:
        """Recorded seconds per second, 0.25 to 64."""
        return self._speed

    @property
    def idle(self) -> IdleMode:
        """How idle stretches are played."""
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
        """Take the position that the clock gives as the new starting point."""
        self._anchor, self._since = self.position, self._clock()

    def play(self) -> None:
        """Start playing; from the end, from the start again."""
        self._anchor_now()
        if self._state is PlayerState.ENDED or (self._anchor >= self.duration and self.duration > 0):
            self._anchor = 0.0
        self._state, self._count = PlayerState.PLAYING, None

    def pause(self) -> None:
        """Stop where the playhead is."""
        self._anchor_now()
        if self._state is PlayerState.PLAYING:
            self._state = PlayerState.PAUSED

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Put the playhead at a recorded second, clamped to the recording; a playing transport goes on from there."""
        self._update()
        self._anchor = min(max(0.0, seconds), self.duration)
        self._since, self._count = self._clock(), None
        if self._state is PlayerState.ENDED:
            self._state = PlayerState.PAUSED

    def seek_by(self, seconds: float) -> None:
        """Move the playhead by recorded seconds, back where negative."""
        self.seek(self.position + seconds)

    def step(self, direction: int, kinds: str = ALL_KINDS) -> None:
        """Show one event (of `kinds`) more or less, and pause: also between events of one and the same time."""
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
        """Set the speed, clamped to 0.25-64; the position does not move."""
        self._anchor_now()
        self._speed = clamp_speed(speed)

    def faster(self) -> None:
        """The next higher speed."""
        self.set_speed(next((speed for speed in SPEEDS if speed > self._speed), SPEEDS[-1]))

    def slower(self) -> None:
        """The next lower speed."""
        self.set_speed(next((speed for speed in reversed(SPEEDS) if speed < self._speed), SPEEDS[0]))

    def set_idle(self, mode: IdleMode) -> None:
        """Play idle stretches in another way; the position does not move."""
        self._anchor_now()
        self._idle, self._map = mode, TimeMap(self._gaps, mode)

    def set_gaps(self, gaps: Sequence[tuple[float, float]]) -> None:
        """Take over idle stretches that were found since; the position does not move."""
        self._anchor_now()
        self._gaps, self._map = gaps, TimeMap(gaps, self._idle)


def clamp_speed(speed: float) -> float:
    """A speed within 0.25-64."""
    return min(max(speed, SPEEDS[0]), SPEEDS[-1])
