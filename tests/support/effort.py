"""Number of cases: how many generated ones, and which of a list are left to the exhaustive run (`-m exhaustive`)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

EXHAUSTIVE = (pytest.mark.exhaustive,)
THOROUGH = bool(os.environ.get("REPLAY_TUI_THOROUGH"))


def cases(daily: int) -> int:
    """Return how many cases to generate: `daily`, or ten times as many in a thorough run."""
    return daily * 10 if THOROUGH else daily


def sampled(values: Iterable[Any], daily: int | Iterable[Any]) -> list[Any]:
    """Return all values as parameters of a test, those that are not run daily with the marker `exhaustive`.

    `daily` is the number of values that are, spread evenly from the first one, or these values themselves.
    """
    listed = list(values)
    if isinstance(daily, int):
        chosen = {round(number * len(listed) / daily) for number in range(daily)}
    else:
        chosen = {listed.index(value) for value in daily}
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=() if at in chosen else EXHAUSTIVE)
        for at, value in enumerate(listed)
    ]
