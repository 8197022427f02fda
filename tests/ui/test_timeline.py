"""The timeline: what its cells say, what the pointer is told, and how it is dragged and turned."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from replay_tui.domain.finding import Finding, Mark, MarkKind
from replay_tui.domain.risk import Severity
from replay_tui.ui.widgets.track import Track, levels
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import shell, write


@given(st.floats(0, 1e7), st.integers(1, 400), st.floats(0, 1))
def test_a_cell_and_its_moment_agree(duration: float, cells: int, part: float) -> None:
    track = Track(duration, cells)
    cell = track.cell(part * duration)
    assert 0 <= cell < cells
    if duration > 0:
        assert track.cell(track.part(cell) * duration) == cell


def test_the_weightiest_mark_of_a_cell_comes_first_and_none_is_lost() -> None:
    marks = [
        Mark(1.0, MarkKind.STATEMENT),
        Mark(1.2, MarkKind.FINDING, severity=Severity.LOW),
        Mark(1.1, MarkKind.FINDING, severity=Severity.HIGH),
        Mark(90.0, MarkKind.RESIZE),
    ]
    placed = Track(100.0, 11).place(marks)
    assert [mark.time for mark in placed[0]] == [1.1, 1.2, 1.0]
    assert [mark.time for mark in placed[9]] == [90.0]


def test_little_activity_is_seen_beside_a_flood() -> None:
    assert levels([(0, 0), (1, 0), (1_000_000, 0), (0, 250_000)]) == [0, 1, 8, 4]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_pointer_is_told_its_moment_and_what_is_marked_there(
    run: Run, tmp_path: Path, flagged: list[Finding], size: tuple[int, int]
) -> None:
    async with run(shell(tmp_path), size=size) as ui:
        width = ui.widget("#timeline").size.width
        await _point(ui, events.MouseMove, width // 2)
        await ui.until(lambda: "00:50." in ui.pane("#timeline"))
        await _point(ui, events.MouseMove, ui.pane("#timeline").splitlines()[-1].index("~"))
        await ui.until(lambda: "~ gains rights" in ui.pane("#timeline"))
        ui.widget("#timeline").post_message(events.Leave(ui.widget("#timeline")))
        await ui.until(lambda: "gains rights" not in ui.pane("#timeline"))


async def test_a_click_on_a_mark_goes_to_the_mark_itself(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        await _point(ui, events.MouseDown, ui.pane("#timeline").splitlines()[1].index("!"))
        await ui.at(10.5)


async def test_the_wheel_over_the_timeline_seeks(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await _point(ui, events.MouseScrollDown, 5)
        await ui.at(5)
        await _point(ui, events.MouseScrollUp, 5)
        await ui.at(0)


async def test_a_low_terminal_shows_activity_idle_and_marks_in_one_row(
    run: Run, tmp_path: Path, flagged: list[Finding]
) -> None:
    async with run(shell(tmp_path), size=(80, 24)) as ui:
        row = ui.pane("#timeline")
        assert ui.widget("#timeline").size.height == 1
        for sign in "●!~.╌":
            assert sign in row, sign
        assert set("▁▂▃▄▅▆▇█") & set(row)


async def test_several_moments_in_one_cell_are_underlined_and_counted(
    run: Run, tmp_path: Path, flagged: list[Finding]
) -> None:
    flagged[1:] = [Finding(10.6, "two", Severity.LOW, "close by")]
    async with run(write(tmp_path, *[(float(at), "o", "x") for at in range(0, 401, 10)])) as ui:
        row = ui.widget("#timeline").region.y + 1
        mark = next(one for one in ui.strips[row] if one.text == "!")
        assert mark.style
        assert mark.style.underline
        await _point(ui, events.MouseMove, ui.pane("#timeline").splitlines()[1].index("!"))
        await ui.until(lambda: "! removes a folder and 1 more" in ui.pane("#timeline"))


async def _point(ui: Driver, kind: type[events.MouseEvent], x: int) -> None:
    await ui.pilot._post_mouse_events([kind], "#timeline", offset=(x, 0), button=1 if kind is events.MouseDown else 0)
    if kind is events.MouseDown:
        await ui.pilot._post_mouse_events([events.MouseUp], "#timeline", offset=(x, 0), button=1)
