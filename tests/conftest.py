"""What all tests share: collecting garbage takes a fifth of the suite's time where the heap holds all test modules."""

from __future__ import annotations

import gc
import os

gc.freeze()
gc.set_threshold(50_000, 30, 100)


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many workers as cores: half of the time a test waits for a program on a terminal, or for a clock."""
    return 2 * (os.cpu_count() or 1)
