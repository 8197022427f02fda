"""Settings of all tests.

Garbage is collected rarely, because a full pass over the heap of all test modules takes a fifth of the suite's time.
Property tests have no deadline for a single example, because a busy machine would exceed it.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

gc.freeze()
gc.set_threshold(50_000, 30, 100)
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

# A shell without job control starts background commands with SIGINT ignored, and every child process inherits that:
# a program that a test interrupts would never end.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests start about 150 processes. Without compiled files each of them takes three times as long to import the
# program; containers often set this variable.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The colours that tests see must not depend on the terminal that runs them.
os.environ["COLORTERM"] = "truecolor"


def pytest_configure(config: pytest.Config) -> None:
    """Select all pictures to be accepted, also those of the exhaustive tests."""
    if config.getoption("--accept"):
        config.option.markexpr = ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts the application, and exhaustive tests: `-m "not slow"` replaces the default."""
    for item in items:
        is_slow = _starts_application(item) and not item.get_closest_marker("daily")
        if is_slow or item.get_closest_marker("exhaustive"):
            item.add_marker(pytest.mark.slow)


def _starts_application(item: pytest.Item) -> bool:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    fixtures = {*getattr(item, "fixturenames", ())}
    return folder == "snapshots" or (folder in ("ui", "ui_gateway") and not fixtures.isdisjoint(("run", "start")))


def pytest_collection_finish() -> None:
    """Exclude all test modules from garbage collection, because every full pass would visit them again."""
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker per core: each takes four seconds of CPU time before its first test."""
    return os.cpu_count() or 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="accept how the screens in tests/snapshots look now")
