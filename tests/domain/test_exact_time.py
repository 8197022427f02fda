"""Printed times lead back to the same moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.exact_time import SNAP_SECONDS, format_exact_time, in_seconds, snap_to_event
from replay_tui.domain.times import parse_time

WAITS = st.one_of(
    st.sampled_from([0.0, 1e-9, 1e-7, 1e-6, 0.0004, 0.001, 0.1, 0.2, 1 / 3, 60.0, 3600.0]), st.floats(0, 1e5)
)


def stream_of(*times: float) -> EventStream:
    stream = EventStream()
    for time in times:
        stream.append(time, "o", b"x")
    return stream


@given(st.lists(WAITS, max_size=30), st.floats(0, 2e5))
def test_exact_time_of_any_moment_leads_back(waits: list[float], moment: float) -> None:
    times = [sum(waits[: at + 1]) for at in range(len(waits))]
    stream = stream_of(*times)
    moment = min(moment, stream.duration)
    between = [] if any(0 < time - moment <= 2 * SNAP_SECONDS for time in times) else [moment]
    for time in times + between:
        text = format_exact_time(stream, time)
        for form in (text, in_seconds(text)):
            back = snap_to_event(stream, parse_time(form, stream.duration))
            assert stream.event_count_at(back) == stream.event_count_at(time), (time, form)


@pytest.mark.parametrize(
    ("times", "time", "text"),
    [
        ([1.1], 1.1, "00:00:01.100"), ([1.2000000000000002], 1.2000000000000002, "00:00:01.200"),
        ([0.1 + 0.2], 0.1 + 0.2, "00:00:00.300"), ([3.1234], 3.1234, "00:00:03.124"),
        ([3.1234, 3.1237], 3.1234, "00:00:03.1234"), ([3.1234, 3.1237], 3.1237, "00:00:03.124"),
        ([3661.5], 3661.5, "01:01:01.500"), ([], 2.5, "00:00:02.500"), ([90000.25], 90000.25, "25:00:00.250"),
    ],
)  # fmt: skip
def test_exact_time_has_three_decimals_if_enough(times: list[float], time: float, text: str) -> None:
    assert format_exact_time(stream_of(*times), time) == text
    assert in_seconds(text) == f"{time:.{len(text.partition('.')[2])}f}" or time == 3.1234
