"""The law of the text index: it holds every text that a look at the screen after every moment would have seen."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.search.text_index import TextIndex
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.output_bursts import PAUSE_SECONDS
from replay_tui.terminal.sequence_filter import filter_sequences
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.effort import cases
from tests.support.fixtures import PROGRAMS, cut_at, output, program, recorded, referee, sized, stream_of
from tests.terminal.strategies import CUTS, streams

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(100))

# What an editor, a progress bar and a shell write: positions, short texts, returns; mostly one after the other.
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
    """Every text that the index knows, and when it was first there."""
    found: dict[str, float] = {}
    for number, text in enumerate(index.texts):
        for length, time in index.growth.get(number, [(len(text), index.times[number])]):
            found[text[:length]] = min(time, found.get(text[:length], time))
    return found


def agrees_with_every_look(stream: EventStream, sizes: SizeTimeline) -> None:
    index = TextIndex(stream, sizes)
    index.build()
    known = stages(index)
    drawer = StreamRenderer(stream, sizes)
    for count in range(1, len(stream) + 1):
        drawer.prevalidate(len(stream.output))
        drawer.render_to(stream.output_length_after(count))
        time = stream.times[count - 1]
        if count < len(stream) and stream.times[count] - time <= PAUSE_SECONDS:
            continue
        for text in drawer.emulator.plain_rows():
            assert known.get(text, 1e9) <= time or _is_part(text, known, time), (count, text)


def _is_part(text: str, known: dict[str, float], time: float) -> bool:
    """Whether a search finds a row's text all the same: rows that a resize wraps anew are parts of what was there.

    The sign of a broken character that an escape cuts off between two events may come with either of them.
    """
    text = text.strip().rstrip("\ufffd").strip()
    return any(text in one and at <= time for one, at in known.items()) if text else True


@LAW
@given(streams(), CUTS)
def test_whatever_stood_after_an_event_is_known(data: bytes, cuts: list[int]):
    agrees_with_every_look(output(*cut_at(data, cuts)), sized())


@LAW
@given(EDITS)
def test_whatever_stood_between_two_keys_is_known(pieces: list[bytes]):
    agrees_with_every_look(output(*pieces), sized(40, 10))


@LAW
@given(EDITS, st.integers(0, 500))
def test_whatever_stood_before_a_resize_is_known(pieces: list[bytes], at: int):
    stream = output(*pieces)
    long = StreamRenderer(stream, sized(40, 10), scrollback_lines=100)
    long.render_to(len(stream.output))
    # Rows that a resize pulls back from the scrollback and that are then written over are not in the index.
    assume(not long.emulator.history_rows)
    resize = Resize(at % (len(stream.output) + 1), recorded(20, 6))
    agrees_with_every_look(stream, SizeTimeline(recorded(40, 10), [resize]))


@LAW
@given(EDITS, st.lists(st.sampled_from([0.0, 0.004, 0.011, 0.03]), min_size=60, max_size=60))
def test_whatever_stood_at_the_end_of_a_moment_is_known(pieces: list[bytes], gaps: list[float]):
    time, events = 0.0, []
    for piece, gap in zip(pieces, gaps, strict=False):
        events.append((time, "o", piece))
        time += gap
    agrees_with_every_look(stream_of(*events), sized(40, 10))


@pytest.mark.parametrize("name", PROGRAMS)
def test_whatever_a_real_program_showed_is_known(name: str):
    agrees_with_every_look(program(name).stream, referee(name).sizes)


def test_a_flash_in_a_large_session_is_known():
    """However many bytes there are: a text that stood for a fiftieth of a second."""
    filler = b"".join(b"%06d %s\r\n" % (line, b"x" * 90) for line in range(1000))
    events = [(float(n), "o", filler) for n in range(140)]
    flash = [(70.20, "o", b"\x1b[5;5Hneedle in the hay"), (70.22, "o", b"\x1b[5;5Hnothing but hay..")]
    stream = stream_of(*events[:71], *flash, *events[71:])
    index = TextIndex(stream, sized(120, 36))
    index.build()
    assert [time for text, time in zip(index.texts, index.times, strict=True) if "needle" in text] == [70.20]


@LAW
@given(streams(), CUTS)
def test_no_row_that_changed_is_left_out(data: bytes, cuts: list[int]):
    emulator, rows = Emulator(80, 24), [""] * 24
    for piece in cut_at(filter_sequences(data, 80, 24), cuts):  # without what would resize it, as all that is drawn
        emulator.feed(piece)
        changed, shown = emulator.changed_text(), emulator.plain_rows()
        for y, text in enumerate(shown) if changed is None else changed.items():
            rows[y] = text
        assert rows == shown


def test_a_line_that_scrolls_by_is_known_once():
    """However many there are, also where they are taken out of the scrollback while still in sight a moment ago."""
    pieces = [b"".join(b"line %05d\r\n" % number for number in range(at, at + 15)) for at in range(0, 3000, 15)]
    index = TextIndex(output(*pieces), sized())
    index.build()
    assert sorted(index.texts) == [f"line {number:05d}" for number in range(3000)]
