"""Comparison with tmux: screens of real programs at recorded checkpoints, and their inferred sizes."""

from __future__ import annotations

from typing import Any

import pytest

from replay_tui.domain.terminal_size import SizeSource, SizeTimeline
from replay_tui.load_recording import load
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.effort import sampled
from tests.support.fixtures import PROGRAMS, SESSIONS, program, referee

NEAR = 3
"""Events by which an inferred resize may be off."""


def agrees(screen: Screen, seen: dict[str, Any]) -> None:
    assert list(screen.lines) == seen["lines"]
    assert screen.cursor == tuple(seen["cursor"])
    assert screen.alt == seen["alt"]


def check_by_seek(name: str, sizes: SizeTimeline, spacing: int) -> KeyframeIndex:
    stream, checkpoints = program(name).stream, referee(name).checkpoints
    index = KeyframeIndex(stream, sizes, spacing)
    index.build()
    reader = ScreenReader(index)
    for seen in [*reversed(checkpoints), *checkpoints]:
        agrees(reader.at_offset(stream.output_length_after(seen["event"] + 1)), seen)
    return index


def test_referee_covers_at_least_eight_programs() -> None:
    assert len(PROGRAMS) >= 8
    assert sum(len(referee(name).checkpoints) for name in PROGRAMS) > 150


@sampled("name", PROGRAMS, daily=6)
def test_seek_with_true_size_equals_every_checkpoint(name: str) -> None:
    index = check_by_seek(name, referee(name).sizes, spacing=1500)
    assert index.keyframes
    assert index.rejected == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_linear_feed_equals_every_checkpoint(name: str) -> None:
    stream, truth = program(name).stream, referee(name)
    renderer = StreamRenderer(stream, truth.sizes)
    for seen in truth.checkpoints:
        renderer.render_to(stream.output_length_after(seen["event"] + 1))
        agrees(renderer.emulator.screen(), seen)


@pytest.mark.parametrize("name", PROGRAMS)
def test_infer_sizes_of_programs_finds_every_resize(name: str) -> None:
    stream, truth = program(name).stream, referee(name)
    inferred = infer_sizes(stream)
    assert inferred.first.source is SizeSource.INFERRED
    assert (inferred.first.cols, inferred.first.rows) == (truth.sizes.first.cols, truth.sizes.first.rows)
    assert [(one.size.cols, one.size.rows) for one in inferred.resizes] == [(c, r) for _, c, r in truth.resizes]
    for found, (event, _, _) in zip(inferred.resizes, truth.resizes, strict=True):
        assert abs(stream.event_at_output(found.offset) - event) <= NEAR


@sampled("name", [name for name in PROGRAMS if not referee(name).resizes], daily=5)
def test_seek_with_inferred_size_equals_checkpoints(name: str) -> None:
    check_by_seek(name, infer_sizes(program(name).stream), spacing=4000)


@pytest.mark.parametrize(
    ("name", "cols", "rows", "source"),
    [
        ("shell-vim", 80, 24, SizeSource.INFERRED),
        ("shell-htop-120x36", 120, 36, SizeSource.INFERRED),
        ("open-shell", 80, 24, SizeSource.DEFAULT),
    ],
)
def test_load_recorded_session_has_inferred_size(name: str, cols: int, rows: int, source: SizeSource) -> None:
    sizes = load(str(SESSIONS / f"{name}.json")).sizes
    assert (sizes.first.cols, sizes.first.rows, sizes.first.source) == (cols, rows, source)
    assert not sizes.resizes


def test_load_given_size_overrides_inference() -> None:
    recording = load(str(SESSIONS / "shell-htop-120x36.json"), size=(100, 20))
    screen = recording.screen("50%")
    assert (screen.cols, screen.rows, len(screen.grid)) == (100, 20, 20)
    assert recording.sizes.first.source is SizeSource.GIVEN
