"""Timeline: the contents of its cells, the pointer's label, and mouse input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textual import events

import replay_tui
from replay_tui.analysis.timeline import activity
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.domain.timeline_mark import Bookmark, MarkKind, TimelineMark
from replay_tui.ui.timeline_marks import layers
from replay_tui.ui.widgets.timeline_scale import MIN_DURATION_SECONDS, PlacedMarks, TimelineScale, levels
from tests.support.effort import sampled
from tests.support.fixtures import SESSIONS
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import PSYCOPG, shell, write

pytestmark = pytest.mark.slow


@given(st.floats(0, 1e7), st.integers(1, 400), st.floats(0, 1))
def test_cell_and_part_agree(duration: float, cells: int, part: float) -> None:
    track = TimelineScale(duration, cells)
    cell = track.cell(part * duration)
    assert 0 <= cell < cells
    if duration > 0:
        assert track.cell(track.part(cell) * duration) == cell


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=20).map(sorted), st.integers(1, 300))
def test_cell_equals_activity_slot(times: list[float], cells: int) -> None:
    stream = EventStream()
    for time in times:
        stream.append(time, "o", b"x")
    busy = {slot for slot, (out, _) in enumerate(activity(stream, cells)) if out}
    assume(stream.duration > MIN_DURATION_SECONDS)
    assert busy == {TimelineScale(stream.duration, cells).cell(time) for time in times}


@sampled("size", [(80, 36), (120, 36)], daily=1)
async def test_marks_are_below_their_activity(run: Run, size: tuple[int, int]) -> None:
    async with run(SESSIONS / "httpproxy-connect.json", size=size) as ui:
        await ui.press("G")
        busy, marks = ui.pane("#timeline").splitlines()
        found = [at for at, sign in enumerate(marks) if sign in "┼.~!"]
        assert found
        assert all(busy[at] in "▁▂▃▄▅▆▇█┃╻" for at in found)


LAYERS = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 1.1, 1.2, 4.9, 5.0, 90.0, 100.0, 130.0])).map(sorted), min_size=1, max_size=4
)


@given(LAYERS, st.integers(1, 40))
def test_cell_shows_most_important_mark_and_counts_all(times: list[list[float]], cells: int) -> None:
    track = TimelineScale(100.0, cells)
    layers = [
        [TimelineMark(time, MarkKind.MARKER, str(number)) for time in layer] for number, layer in enumerate(times)
    ]
    placed = track.place(layers)
    for cell in range(cells):
        there = [mark for layer in layers for mark in layer if track.cell(mark.time) == cell]
        assert (cell in placed) == bool(there)
        if there:
            assert placed[cell] == PlacedMarks(there[0], len(there), several=len({mark.time for mark in there}) > 1)


def test_layers_order_findings_by_severity() -> None:
    findings = [Finding(1.0, "a", Severity.LOW, "light"), Finding(2.0, "b", Severity.HIGH, "severe")]
    marked = [Bookmark(0.5, "kept"), Bookmark(0.1, "earlier")]
    given = layers(replay_tui.load(PSYCOPG), findings, [], marked)
    found = [mark.label for layer in given for mark in layer if mark.kind is MarkKind.FINDING]
    assert found == ["severe", "light"]
    kinds = [layer[0].kind for layer in given if layer]
    assert kinds == [MarkKind.FINDING, MarkKind.BOOKMARK, MarkKind.FINDING, MarkKind.STATEMENT]
    assert all(layer == sorted(layer, key=lambda mark: mark.time) for layer in given)
    assert not any(layers(replay_tui.load(PSYCOPG), None, [], []))


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted)), st.integers(1, 300))
def test_idle_cells_lie_within_idle_gaps(gaps: list[tuple[float, float]], cells: int) -> None:
    track = TimelineScale(100.0, cells)
    expected = {cell for start, end in gaps for cell in range(cells) if track.cell(start) < cell < track.cell(end)}
    assert track.idle_cells(gaps) == expected


def test_levels_keep_low_activity_visible() -> None:
    assert levels([(0, 0), (1, 0), (1_000_000, 0), (0, 250_000)]) == [0, 1, 8, 4]


@sampled("size", [(80, 24), (120, 36)], daily=1)
async def test_pointer_label_shows_time_and_mark(
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


async def test_click_on_mark_seeks_to_exact_time(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        await _point(ui, events.MouseDown, ui.pane("#timeline").splitlines()[1].index("!"))
        await ui.at(10.5)


async def test_severities_differ_by_height_and_shape(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        above, marks = ui.pane("#timeline").splitlines()
        assert {sign: above[marks.index(sign)] for sign in "!~"} == {"!": "┃", "~": "╻"}
        assert above[marks.rindex(".")] not in "┃╻"


async def test_wheel_on_timeline_seeks(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await _point(ui, events.MouseScrollDown, 5)
        await ui.at(5)
        await _point(ui, events.MouseScrollUp, 5)
        await ui.at(0)


async def test_short_terminal_has_one_timeline_row(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path), size=(80, 24)) as ui:
        row = ui.pane("#timeline")
        assert ui.widget("#timeline").size.height == 1
        for sign in "●!~.╌":
            assert sign in row, sign
        assert set("▁▂▃▄▅▆▇█") & set(row)


async def test_several_moments_in_cell_are_underlined(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
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
