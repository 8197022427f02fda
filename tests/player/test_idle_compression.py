"""Idle compression: the mapping between recorded and playback time."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replay_tui.player.player import IDLE_THRESHOLD_SECONDS, IdleMode, TimeMap

Gaps = list[tuple[float, float]]


@st.composite
def gaps(draw: st.DrawFn) -> Gaps:
    found, at = [], 0.0
    for _ in range(draw(st.integers(0, 8))):
        start = at + draw(st.floats(0, 100))
        at = start + draw(st.floats(2.001, 100_000))
        found.append((start, at))
    return found


MODES = st.sampled_from(IdleMode)
MOMENTS = st.floats(0, 2e6)


@given(gaps(), MODES, MOMENTS, MOMENTS)
def test_time_map_any_gaps_is_increasing(found: Gaps, mode: IdleMode, one: float, two: float) -> None:
    assume(abs(one - two) > 1e-6)
    times = TimeMap(found, mode)
    low, high = sorted((one, two))
    assert times.played(low) <= times.played(high)
    assert times.recorded(low) <= times.recorded(high)


@given(gaps(), MODES, MOMENTS)
def test_time_map_round_trip_is_identity(found: Gaps, mode: IdleMode, moment: float) -> None:
    times = TimeMap(found, mode)
    assert times.recorded(times.played(moment)) == pytest.approx(moment, rel=1e-9, abs=1e-4)
    assert times.played(times.recorded(moment)) == pytest.approx(moment, rel=1e-9, abs=1e-4)


@given(gaps(), MODES, MOMENTS)
def test_time_map_played_time_is_not_longer(found: Gaps, mode: IdleMode, moment: float) -> None:
    assert TimeMap(found, mode).played(moment) <= moment + 1e-6


@given(gaps())
def test_time_map_cap_shortens_gaps_to_two_seconds(found: Gaps) -> None:
    times = TimeMap(found, IdleMode.CAP)
    for start, end in found:
        assert times.played(end) - times.played(start) == pytest.approx(
            min(end - start, IDLE_THRESHOLD_SECONDS), abs=1e-4
        )
    for (_, end), (start, _) in pairwise(found):
        assert times.played(start) - times.played(end) == pytest.approx(start - end, abs=1e-4)


def test_time_map_log_shortens_hour_gap() -> None:
    times = TimeMap([(10.0, 3610.0)], IdleMode.LOG)
    assert times.played(3610.0) - times.played(10.0) == pytest.approx(2 + math.log(1800))


def test_time_map_real_is_identity() -> None:
    times = TimeMap([(1.0, 1000.0)], IdleMode.REAL)
    assert [times.played(t) for t in (0.0, 1.0, 500.5, 2000.0)] == [0.0, 1.0, 500.5, 2000.0]


@pytest.mark.parametrize("mode", IdleMode)
def test_time_map_gap_at_start_is_shortened(mode: IdleMode) -> None:
    times = TimeMap([(0.0, 100.0)], mode)
    assert times.played(0.0) == 0.0
    assert times.recorded(0.0) == 0.0
    assert times.recorded(times.played(100.0)) == pytest.approx(100.0)


def test_idle_mode_next_cycles() -> None:
    real, cap, log, limit = IdleMode
    assert [mode.next() for mode in (real, cap, log)] == [cap, log, real]
    assert [mode.next(has_limit=True) for mode in IdleMode] == [cap, log, limit, real]
