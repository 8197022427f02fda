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
    names: str | tuple[str, ...], values: Iterable[Any], *, daily: int | Callable[[Any], bool], **options: Any
) -> pytest.MarkDecorator:
    """Parametrize a test like `pytest.mark.parametrize`; values that are not run daily get the marker `exhaustive`.

    `daily` is the number of values that are, spread evenly from the first one, or a condition on the value.
    """
    listed = list(values)
    if isinstance(daily, int):
        chosen = {number * len(listed) // daily for number in range(daily)}
    else:
        chosen = {at for at, value in enumerate(listed) if daily(value)}
    assert chosen, "one value must be run daily"
    parameters = [
        value if at in chosen else pytest.param(*([value] if isinstance(names, str) else value), marks=_EXHAUSTIVE)
        for at, value in enumerate(listed)
    ]
    return pytest.mark.parametrize(names, parameters, **options)


_EXHAUSTIVE = pytest.mark.exhaustive
