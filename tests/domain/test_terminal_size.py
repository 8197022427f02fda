"""Terminal sizes over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.terminal_size import MAX_COLS, MAX_ROWS, Resize, SizeSource, SizeTimeline, TerminalSize


def size(cols: int, rows: int = 24) -> TerminalSize:
    return TerminalSize(cols, rows, SizeSource.RECORDED)


def test_size_timeline_size_applies_from_offset() -> None:
    times = SizeTimeline(size(80), [Resize(20, size(120)), Resize(10, size(100))])
    assert [times.at(offset).cols for offset in (0, 9, 10, 19, 20, 10**9)] == [80, 80, 100, 100, 120, 120]
    assert [times.next_after(offset) for offset in (0, 9, 10, 19, 20)] == [10, 10, 20, 20, None]
    assert (times.first.cols, [one.offset for one in times.resizes]) == (80, [10, 20])


def test_size_timeline_equal_resize_is_ignored() -> None:
    assert SizeTimeline(size(80), [Resize(10, size(80)), Resize(20, size(90)), Resize(30, size(90))]).resizes == [
        Resize(20, size(90))
    ]


def test_size_timeline_same_offset_keeps_last() -> None:
    times = SizeTimeline(size(80), [Resize(0, size(100)), Resize(10, size(110)), Resize(10, size(120))])
    assert (times.first.cols, times.at(10).cols, len(times.resizes)) == (100, 120, 1)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(2, 5)), max_size=10), st.integers(0, 60))
def test_size_timeline_any_resizes_equal_linear_search(resizes: list[tuple[int, int]], offset: int) -> None:
    times = SizeTimeline(size(99), [Resize(at, size(cols)) for at, cols in resizes])
    expected = 99
    for at, cols in sorted(resizes, key=lambda one: one[0]):
        if at <= offset:
            expected = cols
    assert times.at(offset).cols == expected
    following = times.next_after(offset)
    assert following is None or following > offset


@pytest.mark.parametrize(
    ("asked", "given"),
    [((0, 0), (2, 1)), ((-5, 10**9), (2, MAX_ROWS)), ((10**9, 3), (MAX_COLS, 3)), ((80, 24), (80, 24))],
)
def test_terminal_size_out_of_range_is_clamped(asked: tuple[int, int], given: tuple[int, int]) -> None:
    found = TerminalSize.clamped(*asked, SizeSource.GIVEN)
    assert (found.cols, found.rows) == given
    assert str(found) == f"{found.cols}×{found.rows}"
