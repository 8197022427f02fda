"""Activity per slot, and idle gaps."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.analysis.timeline import activity, idle_gaps
from replay_tui.domain.event_stream import EventStream


def stream(*events: tuple[float, str, bytes]) -> EventStream:
    made = EventStream()
    for event in events:
        made.append(*event)
    return made


def test_activity_slots_count_bytes_of_both_directions() -> None:
    made = stream((0.0, "o", b"abc"), (0.9, "i", b"x"), (1.0, "o", b"hello"), (2.0, "e", b"!!"))
    assert activity(made, 2) == [(3, 1), (7, 0)]
    assert activity(made, 1) == [(10, 1)]
    assert activity(made, 2, start=1.0, end=2.0) == [(5, 0), (2, 0)]


def test_activity_of_degenerate_ranges_is_zero() -> None:
    assert activity(EventStream(), 3) == [(0, 0)] * 3
    assert activity(stream((0.0, "o", b"a")), 0) == []
    assert sum(out for out, _ in activity(stream((5.0, "o", b"a"), (5.0, "o", b"b")), 4, 5.0, 5.0)) == 2
    assert activity(stream((0.0, "o", b"a"), (1.0, "o", b"b")), 2, 3.0, 1.0) == [(0, 0), (0, 0)]


@given(
    st.lists(st.tuples(st.floats(-1, 100), st.sampled_from("oie"), st.binary(min_size=1, max_size=9)), max_size=40),
    st.integers(1, 50),
)
def test_activity_slots_sum_to_all_bytes(events: list[tuple[float, str, bytes]], slots: int) -> None:
    made = stream(*events)
    rows = activity(made, slots)
    assert sum(out for out, _ in rows) == len(made.output)
    assert sum(typed for _, typed in rows) == len(made.other)


def test_idle_gaps_start_and_end_count() -> None:
    made = stream((3.0, "o", b"a"), (3.5, "i", b"a"), (6.0, "o", b"a"), (7.0, "o", b"a"))
    assert idle_gaps(made, 2.0) == [(0.0, 3.0), (3.5, 6.0)]
    assert idle_gaps(made, 2.0, end=10.0) == [(0.0, 3.0), (3.5, 6.0), (7.0, 10.0)]
    assert idle_gaps(made, 5.0) == []
    assert idle_gaps(EventStream(), 1.0) == []
    assert idle_gaps(EventStream(), 1.0, end=4.0) == [(0.0, 4.0)]


def test_idle_gaps_ignore_resize_events() -> None:
    made = stream((0.0, "o", b"a"), (2.0, "r", b"80x24"), (4.0, "o", b"a"))
    assert idle_gaps(made, 3.0) == [(0.0, 4.0)]


def test_idle_gaps_of_150_000_events_are_exact() -> None:
    made = EventStream()
    made.extend([(number / 100, "o", b"x") for number in range(150_000)])
    assert sum(out for out, _ in activity(made, 200)) == 150_000
    assert idle_gaps(made, 1.0) == []
    made.append(1600.0, "r", b"80x24")
    made.append(1700.0, "i", b"x")
    assert idle_gaps(made, 1.0) == [(1499.99, 1700.0)]
    assert len(idle_gaps(made, 0.005)) == 150_000


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(st.sampled_from((0.0, 0.001, 0.01, 1.0, 1.5)), min_size=200, max_size=600))
def test_idle_gaps_equal_pairwise_differences(waits: list[float]) -> None:
    made, times = EventStream(), list(accumulate(waits))
    made.extend([(time, "o", b"x") for time in times])
    pairs = zip([0.0, *times], times, strict=False)
    assert idle_gaps(made, 1.0) == [(start, end) for start, end in pairs if end - start > 1.0]
