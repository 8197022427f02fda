"""What all tests share: collecting garbage takes a fifth of the suite's time where the heap holds all test modules."""

from __future__ import annotations

import gc
import os

gc.freeze()
gc.set_threshold(50_000, 30, 100)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores, for now and then all wait; each costs three seconds before its first test."""
    return (os.cpu_count() or 1) + 1
