"""Benchmarks: every measurement runs, on a session so small that its figures mean nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import interface, measure
from tests.benchmarks.generate import write
from tests.support.effort import sampled

pytestmark = pytest.mark.slow
MEASUREMENTS = [measure.load, measure.whole, measure.columns, measure.again, measure.waits, measure.floor,
                measure.seeks, measure.text, interface.waits]  # fmt: skip


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
