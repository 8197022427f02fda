"""Invariants of rendering for arbitrary bytes: a seek equals a linear feed, and cuts do not change the result."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import STYLED_BLANK, Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.sequence_filter import (
    SpecialSequences,
    filter_sequences,
    last_complete_offset,
    rewrite_sequences,
    special_offsets,
)
from replay_tui.terminal.stream_renderer import StreamRenderer
from replay_tui.terminal.vt_dump import last_run
from tests.support.effort import cases, sampled
from tests.support.fixtures import cut_at, drawn, output, recorded, sized
from tests.support.hostile import SEQUENCES, payload_bytes
from tests.terminal.strategies import CUTS, streams

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(40))


def linear(stream: EventStream, sizes: SizeTimeline, offset: int) -> Screen:
    renderer = StreamRenderer(stream, sizes)
    renderer.render_to(offset)
    return renderer.emulator.screen()


@SLOW
@given(streams(), CUTS, st.lists(st.integers(0, 5000), min_size=1, max_size=12), st.integers(1, 300))
def test_seek_equals_linear_feed(data: bytes, cuts: list[int], targets: list[int], spacing: int) -> None:
    stream = output(*cut_at(data, cuts))
    index = KeyframeIndex(stream, sized(), spacing)
    index.build()
    reader = ScreenReader(index)
    for target in targets:
        offset = target % (len(data) + 1)
        assert reader.at_offset(offset) == linear(stream, sized(), offset)


@SLOW
@given(streams(), CUTS, st.integers(1, 300))
def test_stepping_back_equals_linear_feed(data: bytes, cuts: list[int], spacing: int) -> None:
    stream = output(*cut_at(data, cuts))
    index = KeyframeIndex(stream, sized(), spacing)
    index.build()
    reader = ScreenReader(index)
    for count in range(len(stream), -1, -1):
        offset = stream.output_length_after(count)
        assert reader.at_offset(offset) == linear(stream, sized(), offset)


@SLOW
@given(streams(), st.integers(0, 5000), st.integers(1, 200), st.lists(st.integers(0, 5000), min_size=1, max_size=6))
def test_seek_across_a_resize_equals_linear_feed(data: bytes, at: int, spacing: int, targets: list[int]) -> None:
    stream = output(data)
    sizes = SizeTimeline(recorded(80, 24), [Resize(at % (len(data) + 1), recorded(40, 10))])
    index = KeyframeIndex(stream, sizes, spacing)
    index.build()
    reader = ScreenReader(index)
    for target in targets:
        offset = target % (len(data) + 1)
        assert reader.at_offset(offset) == linear(stream, sizes, offset)


SIZES = st.tuples(st.integers(0, 5000), st.sampled_from([2, 10, 41, 80, 133]), st.sampled_from([1, 2, 5, 24, 50]))


@settings(SLOW, max_examples=cases(12))
@given(streams(), st.lists(SIZES, min_size=2, max_size=6), st.integers(1, 1000), st.lists(st.integers(0, 5000)))
def test_seek_across_many_resizes_equals_linear_feed(
    data: bytes, resizes: list[tuple[int, int, int]], spacing: int, targets: list[int]
) -> None:
    stream = output(b"a line that may come back\r\n" * 20, data)
    size = len(stream.output) + 1
    sizes = SizeTimeline(recorded(80, 24), [Resize(at % size, recorded(cols, rows)) for at, cols, rows in resizes])
    index = KeyframeIndex(stream, sizes, spacing)
    index.build()
    reader = ScreenReader(index)
    for target in (*targets, len(stream.output)):
        assert reader.at_offset(target % size) == linear(stream, sizes, target % size)


RESIZED_PIECES = st.one_of(
    st.integers(1, 130).map(lambda n: b"w" * n),
    st.sampled_from([b"text of a line\r\n", b"\r\n", b"\x1b7", b"\x1b8", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[2J"]),
    st.sampled_from([b"\x1b[H", b"\x1b[20S", b"\x1b[3;4r", b"\x1b[31;4m", "漢字".encode() * 30, b"\x1b[44m\x1b[K"]),
)


@settings(SLOW, max_examples=cases(12))
@given(
    st.lists(RESIZED_PIECES, min_size=5, max_size=60).map(b"".join),
    st.lists(SIZES, min_size=2, max_size=6),
    st.sampled_from([5, 10, 50, 300]),
)
def test_seek_around_every_resize_equals_linear_feed(
    data: bytes, resizes: list[tuple[int, int, int]], spacing: int
) -> None:
    """Wrapped lines, saved cursors and both screens, because resizes reflow them."""
    check_seeks_around_resizes(data, [(at % (len(data) + 1), cols, rows) for at, cols, rows in resizes], spacing)


def test_seek_after_reflow_of_restored_pages_equals_linear_feed() -> None:
    """A restored terminal has other pages than the original, so that the library reflows it differently."""
    text, wide = b"text of a line\r\n", "漢字".encode()
    parts = (
        *(126, text * 4, b"\x1b[?1049l", 19, b"\x1b]2;%b\x07" % (b"t" * 89), 66, b"\x1b[31;4;38;5;100m", text, 82),
        *(b"\x1b[2J", 9, text, 71, text, 17, text, b"\x1b[2J", wide, b"\x1b8", text, 12, b"\x1b8", wide, b"\x1b[2J"),
        *(text, 89, text, b"\x1b[2J", 101, text * 2),
    )
    data = b"".join(b"w" * part if isinstance(part, int) else part for part in parts)
    resizes = [(139, 80, 5), (282, 80, 40), (552, 40, 5), (857, 100, 40)]
    for spacing in (10, 50, 553):
        check_seeks_around_resizes(data, resizes, spacing)


def check_seeks_around_resizes(data: bytes, resizes: list[tuple[int, int, int]], spacing: int) -> None:
    stream = output(data)
    sizes = SizeTimeline(recorded(80, 24), [Resize(at, recorded(cols, rows)) for at, cols, rows in resizes])
    index = KeyframeIndex(stream, sizes, spacing)
    index.build()
    renderer, reader = StreamRenderer(stream, sizes), ScreenReader(index)
    offsets = sorted({min(len(data), at + near) for at, _, _ in resizes for near in (0, 1, 2, 9)} | {len(data)})
    expected = {}
    for offset in offsets:
        renderer.render_to(offset)
        expected[offset] = renderer.emulator.screen()
    for offset in reversed(offsets):
        assert reader.at_offset(offset) == expected[offset], offset


@pytest.mark.slow
@sampled(("cols", "rows", "small", "after"), [(400, 150, 1, 300), (400, 60, 1, 20), (120, 36, 10, 100)], daily=1)
def test_seek_after_shrink_and_grow_equals_linear_feed(cols: int, rows: int, small: int, after: int) -> None:
    """Long output comes first, because the library drops lines of its scrollback in whole pages."""
    lines = (b"%05d %s\r\n" % (number, b"y" * 60) for number in range(5000))
    stream = output(b"".join(lines), b"".join(b"after %d\r\n" % number for number in range(after)), b"end")
    shrink, grow = stream.output_length_after(1), stream.output_length_after(2)
    sizes = SizeTimeline(
        recorded(cols, rows), [Resize(shrink, recorded(cols, small)), Resize(grow, recorded(cols, rows))]
    )
    offsets = (len(stream.output), shrink + 1, grow, grow + 1, grow - 500)
    expected = [linear(stream, sizes, offset) for offset in offsets]
    above = b"after %d" % (after - rows + 1) if after >= rows else b"%05d " % (5000 - rows + 1 + after)
    for spacing in (2000, 5000, 20_000):
        index = KeyframeIndex(stream, sizes, spacing)
        index.build()
        reader = ScreenReader(index)
        assert [reader.at_offset(offset) for offset in offsets] == expected, spacing
        assert reader.at_offset(len(stream.output)).lines[0].startswith(above.decode())


@pytest.mark.parametrize("at", [None, 0, 2003, 4000, 6000])
def test_keyframe_has_scrollback_only_with_resizes(at: int | None) -> None:
    """Only a resize can restore lines from the scrollback."""
    stream = output(*(b"line %d\r\n" % number for number in range(600)))
    sizes = SizeTimeline(recorded(40, 10), [] if at is None else [Resize(at, recorded(30, 40))])
    index = KeyframeIndex(stream, sizes, 500)
    index.build()
    assert len(index.keyframes) > 10
    for keyframe in index.keyframes:
        assert bool(keyframe.restore().history_rows) == bool(sizes.resizes)
    reader = ScreenReader(index)
    for offset in (*range(0, len(stream.output), 333), len(stream.output), 2002, 2003, 2004):
        assert reader.at_offset(offset) == linear(stream, sizes, offset)


@SLOW
@given(streams(), CUTS)
def test_renderer_cut_stream_gives_the_same_screen(data: bytes, cuts: list[int]) -> None:
    whole = drawn(data[: last_complete_offset(data, 0, len(data))])
    stream = output(*cut_at(data, cuts))
    renderer = StreamRenderer(stream, sized())
    for count in range(len(stream) + 1):
        renderer.render_to(stream.output_length_after(count))
    assert renderer.emulator.screen() == whole


@SLOW
@given(streams(), CUTS)
def test_special_sequences_do_not_depend_on_the_pieces(data: bytes, cuts: list[int]) -> None:
    """One pass finds them for all later ones, which read other pieces."""
    data = data[: last_complete_offset(data, 0, len(data))]
    first, found, start = SpecialSequences(), list[int](), 0
    for cut in sorted(cut % (len(data) + 1) for cut in cuts):
        end = max(start, last_complete_offset(data, start, cut))
        found += [start + offset for offset in first.within(start, data[start:end])]
        start = end
    found += [start + offset for offset in first.within(start, data[start:])]
    assert found == special_offsets(data) == first.within(0, data)
    assert SpecialSequences().within(3, data[3:]) == special_offsets(data[3:])


@SLOW
@given(streams(), CUTS)
def test_row_ends_incremental_reads_equal_one_read(data: bytes, cuts: list[int]) -> None:
    stream, found = output(*cut_at(data, cuts)), dict[int, tuple[int, str]]()
    renderer, fresh = StreamRenderer(stream, sized()), StreamRenderer(stream, sized())
    for count in range(len(stream) + 1):
        renderer.render_to(stream.output_length_after(count))
        found |= {y: (width, char) for y, width, char in renderer.emulator.row_ends()}
    fresh.render_to(stream.output_length_after(len(stream)))
    for y, width, char in fresh.emulator.row_ends():
        assert found[y][0] == width
        assert found[y][1] in ("", char)
        if char:
            text, pen = last_run(fresh.emulator.dump_row(y))
            has_background = text.endswith(" ") and (pen.bg is not None or pen.inverse)
            assert text[-1] == (" " if has_background else char)
            assert has_background == (char == STYLED_BLANK)


@pytest.mark.parametrize("name", sorted(SEQUENCES))
def test_sequence_cut_after_every_byte_is_unchanged(name: str) -> None:
    data = b"\x1b[2;3Hbefore " + payload_bytes(name) + b" after\r\n"
    whole = linear(output(data), sized(), len(data))
    assert linear(output(*(data[at : at + 1] for at in range(len(data)))), sized(), len(data)) == whole
    stepwise = output(data)
    renderer = StreamRenderer(stepwise, sized())
    for at in range(len(data) + 1):
        renderer.render_to(at)
    assert renderer.emulator.screen() == whole


def test_text_cut_inside_characters_is_unchanged() -> None:
    data = "漢字 👩\u200d👩\u200d👧 e\u0301 é ─│ 🇩🇪👍🏽".encode()
    assert linear(output(*(bytes((byte,)) for byte in data)), sized(), len(data)) == drawn(data)


@SLOW
@given(streams(), st.integers(0, 5000))
def test_index_of_a_growing_stream_equals_linear_feed(data: bytes, at: int) -> None:
    at %= len(data) + 1
    stream = output(data[:at])
    index = KeyframeIndex(stream, sized(), 50)
    index.build()
    reader = ScreenReader(index)
    reader.at_offset(at)
    stream.append(1.0, "o", data[at:])
    index.build()
    assert reader.at_offset(len(data)) == linear(output(data), sized(), len(data))
    assert ScreenReader(index).at_offset(len(data)) == linear(output(data), sized(), len(data))


@SLOW
@given(streams(6), st.integers(1, 70_000), st.sampled_from(["a", "漢", "é"]), st.sampled_from([20, 21, 80, 81, 2]))
@example(b"", 2000, "漢", 81)
@example(b"\x1b[?7l", 60_000, "漢", 21)
def test_clamped_rep_gives_the_same_screen(before: bytes, count: int, text: str, cols: int) -> None:
    if b"\x1b[?69" in before or b";69" in before or b"s" in before:  # with side margins a line is shorter
        return
    data = before + b"\x1b\\" + text.encode() + b"\x1b[%db" % count
    plain, clamped = Emulator(cols, 5), Emulator(cols, 5)
    plain.feed(filter_sequences(before, cols, 5) + data[len(before) :])
    clamped.feed(filter_sequences(data, cols, 5))
    assert clamped.screen() == plain.screen()


def test_index_inexact_keyframe_is_rejected() -> None:
    """A pending wrap at a margin that is not the last column is not part of a snapshot."""
    data = b"\x1b[?69h\x1b[5;20s" + b"w" * 20
    stream = output(data + b"next")
    index = KeyframeIndex(stream, sized(), len(data))
    index.build()
    assert ScreenReader(index).at_offset(len(stream.output)) == drawn(data + b"next")
    assert index.rejected == 1


def test_deccolm_in_any_form_is_ignored() -> None:
    text = b"kept"
    for data in (b"\x1b[?3h", b"\x1b[?40h\x1b[?3h", b"\x1b[?040;3h", b"\x1b[?4\n0h\x1b[?3h", b"\x1b[?1;40;3h\x1b[?3l"):
        for screen in (drawn(text + data), linear(output(text, *cut_at(data, range(9))), sized(), 99)):
            assert (screen.cols, screen.lines[0]) == (80, "kept"), data


def test_control_inside_a_filtered_sequence_is_executed() -> None:
    assert drawn(b"a\x1b[?4\n0hb").lines[:2] == ("a", " b")


@pytest.mark.parametrize("size", [100, 513, 70_000, 300_000])
def test_filter_long_cut_sequence_is_removed(size: int) -> None:
    data = b"kept" + b"\x1b[?" + b"0" * size + b"40h\x1b[?3h" + b" too"
    stream = output(*cut_at(data, [size // 2, size]))
    index = KeyframeIndex(stream, sized(), 50)
    index.build()
    assert index.indexed_bytes == len(data)
    assert ScreenReader(index).at_offset(len(data)).lines[0] == "kept too"


def test_index_continues_after_a_very_long_sequence() -> None:
    stream = output(b"shown\x1b[" + b"1;" * 200_000)
    index = KeyframeIndex(stream, sized())
    index.build()
    assert ScreenReader(index).at_offset(len(stream.output)).lines[0] == "shown"
    stream.append(9.0, "o", b"mred")
    index.build()
    assert index.indexed_bytes == len(stream.output)


def test_resize_applies_with_the_first_byte_after_it() -> None:
    stream = output(b"one", b"two")
    sizes = SizeTimeline(recorded(80, 24), [Resize(3, recorded(40, 10))])
    index = KeyframeIndex(stream, sizes)
    index.build()
    reader = ScreenReader(index)
    assert [reader.at_offset(at).cols for at in (6, 3, 4, 0)] == [40, 80, 40, 80]


def test_reader_same_offset_reuses_the_grid() -> None:
    index = KeyframeIndex(output(b"one"), sized())
    index.build()
    reader = ScreenReader(index)
    first, second = reader.at_offset(3, 1.0), reader.at_offset(3, 2.0)
    assert (first.time, second.time) == (1.0, 2.0)
    assert first.grid is second.grid


SPECIAL = st.builds(
    lambda sequence, at, extra: sequence[: at % len(sequence) or 1] + extra + sequence[at % len(sequence) or 1 :],
    st.sampled_from(
        [
            *(b"\x1b[?69h", b"\x1b[?40h", b"\x1b[?25;40h", b"\x1b[?40;25h", b"\x1b[?69;2004h", b"\x1b[?1;7;69h"),
            *(b"\x1b[?69;1049h", b"\x1b[?3h", b"\x1b[0M", b"\x1b[0P", b"\x1b[1;m", b"\x1b[;m", b"\x1b[0@", b"\x1b[9b"),
            *(b"\x1b6", b"\x1b9", b"\x1b#8", b"\x1b(0", b"\x1b)0\x0e", b"\x1bkt\x1b\\", b"\x1b]R", b"\x1b]P1aabbcc"),
            *(b"\x1b]8;;x\x07", b"\x1b[!p", b"\x1b[35;1;1;2;3$x", b"\x1b[2 @", b"\x1b[3'}", b"\x1b[2*x", b"\x1b[#{"),
            *(
                b"\x1b[" + b"0;" * 30 + b"31m",
                b"\x1b[31;" + b"1;" * 25 + b"4m",
                b"\x1b7",
                b"\x1b8",
                b"\x1bM",
                b"x_y\r\n",
            ),
        ]
    ),
    st.integers(1, 40),
    st.sampled_from(
        [b"", b"", b"", b"\x07", b"\0", b"0", b"000", b"\x08", b"1", b";", b"\x1b", b"\x18", b"\x1b[3\x1b"]
    ),
)
"""Sequences that need a rewrite, whole or with a byte inside."""


@settings(SLOW, max_examples=cases(60))
@given(st.lists(SPECIAL, max_size=12).map(b"".join))
def test_special_sequences_include_all_that_are_rewritten(data: bytes) -> None:
    """The search passes over sequences that need no rewrite, in every spelling."""
    data = data[: last_complete_offset(data, 0, len(data))]
    screens = []
    for offsets in (special_offsets(data), [at for at, byte in enumerate(data) if byte == 0x1B]):
        emulator = Emulator(80, 24)
        emulator.write(rewrite_sequences(data, offsets, 80, 24, b""))
        screens.append((emulator.screen(), emulator.drawing_state(), emulator.mode(69), emulator.mode(40)))
    assert screens[0] == screens[1]
