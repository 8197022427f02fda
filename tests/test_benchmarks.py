"""Benchmarks: every measurement runs, on a session so small that its figures mean nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import interface, measure
from tests.benchmarks.figures import of_rounds, ratio
from tests.benchmarks.generate import write
from tests.support.effort import sampled

pytestmark = pytest.mark.slow
MEASUREMENTS = [measure.load, measure.whole, measure.columns, measure.analysed, measure.again, measure.waits,
                measure.floor, measure.seeks, measure.text_alone, measure.text, interface.waits]  # fmt: skip


@sampled("measurement", MEASUREMENTS, daily=3, ids=lambda one: f"{one.__module__[17:]}.{one.__name__}")
def test_measurement_of_small_session_has_figures(
    measurement: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "SEEKS", 40)
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    session = tmp_path / "small.json"
    write(session, 60_000, 1, "mixed")
    found = measurement(os.fspath(session))
    assert found
    assert None not in found.values()


@pytest.mark.parametrize(
    ("rounds", "verdict"),
    [((0.8, 0.9, 1.2), "ok"), ((0.8, 1.1, 1.2), "unclear"), ((1.1, 1.2, 1.3), "missed"), ((0.9, 0.9, 9.0), "ok")],
)
def test_figure_with_spread_around_limit_has_verdict(rounds: tuple[float, ...], verdict: str) -> None:
    assert of_rounds("", rounds, limit=1.0).verdict == verdict


def test_ratio_of_slower_round_is_unchanged() -> None:
    figure = ratio("", [2.0, 20.0, 4.0], [1.0, 10.0, 2.0], 1.0)
    assert (figure.value, figure.spread) == (2.0, (2.0, 2.0))
