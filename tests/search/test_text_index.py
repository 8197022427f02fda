"""Invariant: the text index contains every text that is on the screen after any burst of output."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.search.text_index import TextIndex
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import filter_sequences
from replay_tui.terminal.stream_renderer import PAUSE_SECONDS, StreamRenderer
from tests.support.effort import cases
from tests.support.fixtures import PROGRAMS, cut_at, output, program, recorded, referee, sized, stream_of
from tests.terminal.strategies import CUTS, streams

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(50))

# Output of an editor, a progress bar and a shell: cursor positions, short texts, returns.
_POSITION = st.tuples(st.integers(0, 12), st.integers(0, 45)).map(lambda at: f"\x1b[{at[0]};{at[1]}H".encode())
_SHORT = st.text("abc =-xyz", min_size=1, max_size=12).map(str.encode)
EDITS = st.lists(
    st.one_of(
        _POSITION, _SHORT, _SHORT,
        st.sampled_from([b"\r", b"\b", b"\b \b", b"\x1b[K", b"\x1b[m", b"\x1b[1;31m", b"\x1b[?25l", b"\r\n"]),
        st.sampled_from([b"\x1b[4h", b"\x1b[4l", b"\x0e", b"\x0f", b"\x1b)0", b"\x1b[?6h", b"\x1b[3;8r"]),
        st.sampled_from([b"\x1b[2J", b"\x1b[?1049h", b"e\xcc\x81", b"\xcc\x81", b"\xcc\x81\x1b[1;1H"]),
        st.sampled_from(["\u6f22\u5b57".encode(), b"w" * 50, b"\x1b[?1049l", b"\x1b[L", b"\x1b[2P", b"\x1b[K\x1b[1K"]),
    ),
    max_size=60,
)  # fmt: skip


def stages(index: TextIndex) -> dict[str, float]:
    """Return every text in the index with the time of its first appearance."""
    found: dict[str, float] = {}
    for number, text in enumerate(index.texts):
        for length, time in index.growth.get(number, [(len(text), index.times[number])]):
            found[text[:length]] = min(time, found.get(text[:length], time))
    return found


def check_against_every_screen(stream: EventStream, sizes: SizeTimeline) -> None:
    index = TextIndex(stream, sizes)
    index.build()
    known = stages(index)
    renderer = StreamRenderer(stream, sizes)
    for count in range(1, len(stream) + 1):
        renderer.prevalidate(len(stream.output))
        renderer.render_to(stream.output_length_after(count))
        time = stream.times[count - 1]
        if count < len(stream) and stream.times[count] - time <= PAUSE_SECONDS:
            continue
        for text in renderer.emulator.plain_rows():
            assert known.get(text, 1e9) <= time or _is_part(text, known, time), (count, text)


def _is_part(text: str, known: dict[str, float], time: float) -> bool:
    """Return True if a search still finds a row's text: a resize splits rows, so the row is part of an earlier text.

    The replacement character of an invalid byte at the border of two events may appear with either of them.
    """
    text = text.strip().rstrip("\ufffd").strip()
    return any(text in one and at <= time for one, at in known.items()) if text else True


@LAW
@given(streams(), CUTS)
def test_text_index_contains_screen_after_each_event(data: bytes, cuts: list[int]):
    check_against_every_screen(output(*cut_at(data, cuts)), sized())


@LAW
@given(EDITS)
def test_text_index_contains_screen_after_each_edit(pieces: list[bytes]):
    check_against_every_screen(output(*pieces), sized(40, 10))


@LAW
@given(EDITS, st.integers(0, 500))
def test_text_index_contains_screen_before_resize(pieces: list[bytes], at: int):
    stream = output(*pieces)
    long = StreamRenderer(stream, sized(40, 10), scrollback_lines=100)
    long.render_to(len(stream.output))
    # Rows that a resize restores from the scrollback and that are then overwritten are not in the index.
    assume(not long.emulator.history_rows)
    resize = Resize(at % (len(stream.output) + 1), recorded(20, 6))
    check_against_every_screen(stream, SizeTimeline(recorded(40, 10), [resize]))


@LAW
@given(EDITS, st.lists(st.sampled_from([0.0, 0.004, 0.011, 0.03]), min_size=60, max_size=60))
def test_text_index_contains_screen_after_each_burst(pieces: list[bytes], gaps: list[float]):
    time, events = 0.0, []
    for piece, gap in zip(pieces, gaps, strict=False):
        events.append((time, "o", piece))
        time += gap
    check_against_every_screen(stream_of(*events), sized(40, 10))


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_index_contains_screens_of_real_programs(name: str):
    check_against_every_screen(program(name).stream, referee(name).sizes)


@pytest.mark.slow
def test_text_index_contains_brief_text_of_large_session():
    """A text displayed for 20 ms is found in a session of any size."""
    filler = b"".join(b"%06d %s\r\n" % (line, b"x" * 90) for line in range(1000))
    events = [(float(n), "o", filler) for n in range(140)]
    flash = [(70.20, "o", b"\x1b[5;5Hneedle in the hay"), (70.22, "o", b"\x1b[5;5Hnothing but hay..")]
    stream = stream_of(*events[:71], *flash, *events[71:])
    index = TextIndex(stream, sized(120, 36))
    index.build()
    assert [time for text, time in zip(index.texts, index.times, strict=True) if "needle" in text] == [70.20]


@LAW
@given(streams(), CUTS)
def test_changed_text_reports_every_changed_row(data: bytes, cuts: list[int]):
    emulator, rows = Emulator(80, 24), [""] * 24
    for piece in cut_at(filter_sequences(data, 80, 24), cuts):  # filtered, so that nothing resizes it
        emulator.feed(piece)
        changed, shown = emulator.changed_text(), emulator.plain_rows()
        for y, text in enumerate(shown) if changed is None else changed.items():
            rows[y] = text
        assert rows == shown


def test_text_index_scrolled_line_is_one_entry():
    """Lines read from the scrollback that were on the screen shortly before are not added again."""
    pieces = [b"".join(b"line %05d\r\n" % number for number in range(at, at + 15)) for at in range(0, 3000, 15)]
    index = TextIndex(output(*pieces), sized())
    index.build()
    assert sorted(index.texts) == [f"line {number:05d}" for number in range(3000)]
