"""Number of cases: how many generated ones, and which of a list are left to the exhaustive run (`-m exhaustive`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest

THOROUGH = bool(os.environ.get("REPLAY_TUI_THOROUGH"))


def cases(daily: int) -> int:
    """Return how many cases to generate: `daily`, or ten times as many in a thorough run."""
    return daily * 10 if THOROUGH else daily


def sampled(
    names: str | tuple[str, ...],
    values: Iterable[Any],
    *,
    daily: int | Callable[[Any], bool],
    quick: Callable[[Any], bool] = lambda _value: False,
    **options: Any,
) -> pytest.MarkDecorator:
    """Parametrize a test like `pytest.mark.parametrize`; values that are not run daily get the marker `exhaustive`.

    `daily` is the number of values that are, spread evenly from the first one, or a condition on the value. `quick` is
    the condition for the marker `daily`, which keeps a test of the interface in the run without the slow ones.
    """
    listed = list(values)
    if isinstance(daily, int):
        chosen = {number * len(listed) // daily for number in range(daily)}
    else:
        chosen = {at for at, value in enumerate(listed) if daily(value)}
    assert chosen, "one value must be run daily"
    parameters = [
        pytest.param(
            *([value] if isinstance(names, str) else value),
            marks=pytest.mark.exhaustive if at not in chosen else pytest.mark.daily if quick(value) else (),
        )
        for at, value in enumerate(listed)
    ]
    return pytest.mark.parametrize(names, parameters, **options)
