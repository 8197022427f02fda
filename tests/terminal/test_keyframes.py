"""Keyframe index and screen reader: spacing of keyframes, and which keyframe a seek restores."""

from __future__ import annotations

from itertools import pairwise

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.terminal import keyframe_index as index_module
from replay_tui.terminal.keyframe_index import (
    AFTER_RESIZE_BYTES,
    COMPRESS_FROM_BYTES,
    SPACING_BYTES,
    SPARSE_SPACING_BYTES,
    Keyframe,
    KeyframeIndex,
)
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import MAX_CACHED_SCREENS, ScreenReader
from replay_tui.terminal.stream_renderer import STEP_BYTES, StreamRenderer
from tests.support.fixtures import output, recorded, sized


def linear(stream: EventStream, sizes: SizeTimeline, offset: int) -> Screen:
    """Render the screen at `offset` from the start, without keyframes."""
    renderer = StreamRenderer(stream, sizes)
    renderer.render_to(offset)
    return renderer.emulator.screen()


def built(stream: EventStream, sizes: SizeTimeline, spacing: int) -> KeyframeIndex:
    index = KeyframeIndex(stream, sizes, spacing)
    index.build()
    return index


@pytest.mark.parametrize(("cols", "rows"), [(10, 30), (10, 40), (20, 10), (20, 40), (30, 40)])
def test_reader_after_jump_back_restores_before_each_resize(cols: int, rows: int) -> None:
    """A restored terminal reflows a saved cursor differently than the original.

    The reader jumps back, so that it uses a restored terminal, and then crosses the resize. It must restore the
    keyframe after the resize, although rendering from the current offset would be shorter.
    """
    stream = output(b"one\r\n" * 40 + b"y" * 100 + b"\x1b7\x1b[2J", b"\x1b8" + b"X" * 100)
    resize, end = stream.output_length_after(1), len(stream.output)
    sizes = SizeTimeline(recorded(60, 30), [Resize(resize, recorded(cols, rows))])
    index = built(stream, sizes, 10)
    for seeks in ((resize, resize - 1, end), (end, resize, end - 1)):
        reader = ScreenReader(index)
        for offset in seeks:
            assert reader.at_offset(offset) == linear(stream, sizes, offset)


def test_index_nearest_is_the_last_keyframe_at_or_before() -> None:
    index = built(output(b"some text " * 30), sized(), 50)
    first, second = index.keyframes[:2]
    assert index.nearest(first.offset - 1) is None
    assert index.nearest(first.offset) is first
    assert index.nearest(second.offset - 1) is first
    assert index.nearest(second.offset) is second
    assert index.nearest(10**9) is index.keyframes[-1]


def test_index_keeps_a_keyframe_at_and_after_each_resize() -> None:
    stream = output(b"before " * 100, b"after " * 100)
    resize = stream.output_length_after(1)
    sizes = SizeTimeline(recorded(80, 24), [Resize(resize, recorded(40, 10))])
    index = KeyframeIndex(stream, sizes)
    index.build()
    assert [keyframe.offset for keyframe in index.keyframes][:2] == [resize, resize + AFTER_RESIZE_BYTES]


def test_index_of_a_slow_stream_has_keyframes_early() -> None:
    stream = output(b"\x1b[31mx\x1b[7L\x1b[0m" * 50_000)
    assert len(stream.output) < SPARSE_SPACING_BYTES
    index = KeyframeIndex(stream, sized())
    index.build()
    assert len(index.keyframes) > 1


def test_index_of_a_long_stream_has_closer_keyframes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "LONG_STREAM_BYTES", 1 << 19)
    monkeypatch.setattr(index_module, "SPARSE_SLOW_SECONDS", 1e9)
    index = KeyframeIndex(output(b"some text\r\n" * 100_000), sized())
    index.build()
    offsets = [0, *(keyframe.offset for keyframe in index.keyframes), len(index.stream.output)]
    assert max(later - earlier for earlier, later in pairwise(offsets)) <= SPACING_BYTES + STEP_BYTES


def test_index_built_again_for_each_event_keeps_its_spacing() -> None:
    stream = output(b"x" * 120)
    index = built(stream, sized(), 100)
    for second in range(1, 50):
        stream.append(float(second), "o", b"0123456789")
        index.build()
    offsets = [0, *(keyframe.offset for keyframe in index.keyframes)]
    assert offsets[-1] > 500
    assert min(later - earlier for earlier, later in pairwise(offsets)) >= 50


@pytest.mark.parametrize(("size", "is_compressed"), [(COMPRESS_FROM_BYTES, False), (COMPRESS_FROM_BYTES + 1, True)])
def test_keyframe_of_a_large_state_is_compressed(size: int, is_compressed: bool) -> None:
    keyframe = Keyframe.of(5, bytes(size))
    assert keyframe.snapshot == bytes(size)
    assert (len(keyframe.state) < size) == is_compressed


def test_reader_keeps_a_limited_number_of_screens() -> None:
    stream = output(*[b"line\r\n"] * (MAX_CACHED_SCREENS + 2))
    reader = ScreenReader(built(stream, sized(), 1000))
    first = reader.at_offset(stream.output_length_after(1))
    assert reader.at_offset(stream.output_length_after(1)) is first
    for event in range(2, len(stream) + 1):
        reader.at_offset(stream.output_length_after(event))
    again = reader.at_offset(stream.output_length_after(1))
    assert again == first
    assert again is not first
