"""A clock that moves only when told to."""

from __future__ import annotations


class FakeClock:
    """Seconds that a test moves on; call it as one calls `time.monotonic`."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.now += seconds
