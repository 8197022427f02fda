"""Clocks controlled by a test."""

from __future__ import annotations

from replay_tui.gateway.cancel_token import CancelToken


class FakeClock:
    """Replacement for `time.monotonic` that a test advances; each reading advances it by `step` seconds."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now, self.step = now, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds`."""
        self.now += seconds


class WaitlessClock:
    """Clock for the gateway client: waits are recorded in `waits` and return immediately."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        self.waits.append(seconds)
        self.time += seconds
        cancel.raise_if_cancelled()
