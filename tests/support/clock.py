"""Clocks of which a test decides how they move."""

from __future__ import annotations

from replay_tui.gateway.cancel_token import CancelToken


class FakeClock:
    """Seconds that a test moves on; call it as one calls `time.monotonic`."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.now += seconds


class WaitlessClock:
    """For a gateway's client: `waits` are noted and pass at once."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        self.waits.append(seconds)
        self.time += seconds
        cancel.raise_if_cancelled()
