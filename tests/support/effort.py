"""Number of generated cases: a daily number, or ten times as many if `REPLAY_TUI_THOROUGH` is set."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("REPLAY_TUI_THOROUGH"))


def cases(daily: int) -> int:
    """Return how many cases to generate: `daily`, or ten times as many in a thorough run."""
    return daily * 10 if THOROUGH else daily
