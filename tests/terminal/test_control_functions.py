"""Control functions that the emulator's library lacks: state that outlives a keyframe, limits, and hostile input."""

from __future__ import annotations

import sys

import pytest

from replay_tui.analysis.fidelity_warnings import terminal_warnings
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.search.text_index import TextIndex
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.repeat_skipping import Scrollback, write_skipping_repeats
from replay_tui.terminal.screen import PLAIN, Pen, Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.sequence_filter import filter_sequences, last_complete_offset, scan_sequences
from replay_tui.terminal.stream_renderer import StreamRenderer, refused_functions
from tests.support.fixtures import cut_at, drawn, output, sized
from tests.support.xterm_look import visible_spans


def pen_at(screen: Screen, x: int, y: int = 0) -> Pen:
    """Return the style of one cell of a row of narrow characters."""
    column = 0
    for run in screen.grid[y].runs:
        column += run.width
        if column > x:
            return run.pen
    return PLAIN


def sought(*pieces: bytes) -> Screen:
    """Return the last screen, sought from a keyframe after the first piece."""
    stream = output(*pieces)
    index = KeyframeIndex(stream, sized(20, 8), len(pieces[0]))
    index.build()
    assert index.keyframes[0].offset == len(pieces[0])
    return ScreenReader(index).at_offset(len(stream.output))


def test_saved_pens_outlive_a_keyframe() -> None:
    screen = sought(b"\x1b[31;4m\x1b[#{\x1b[0;42m\x1b[4;31#{\x1b[0m", b"\x1b[#}A\x1b[#}B\x1b[#}C")
    assert [pen_at(screen, x) for x in range(3)] == [Pen(bg=2), Pen(fg=1, underline=1), Pen(fg=1, underline=1)]


def test_saved_pens_beyond_the_limit_are_counted() -> None:
    pushes = b"".join(b"\x1b[%dm\x1b[#{" % (31 + number % 7) for number in range(12))
    screen = drawn(pushes + b"\x1b[0m" + b"\x1b[#}x" * 3, 20, 8)
    assert [pen_at(screen, x).fg for x in range(3)] == [None, None, (12 - 3) % 7 + 1]


def test_selected_extent_outlives_a_keyframe() -> None:
    text = b"abcdef\r\nabcdef\r\nabcdef"
    for extent, columns in ((b"\x1b[2*x", 3), (b"\x1b[1*x", 20)):
        spans = visible_spans(sought(text + extent, b"\x1b[1;2;3;4;7$r"))
        assert spans[1] == [1, 1 if columns == 3 else 0, 4 if columns == 3 else 20, "7"]


@pytest.mark.parametrize(
    "state",
    [
        *(
            b"\x1b[?6h\x1b[3;6r\x1b[2;4H",
            b"\x1b[?69h\x1b[3;9s\x1b[4;5H",
            b"\x1b[4h",
            b"\x1b[?7l",
            b"\x1b(0",
            b"\x1b)0\x0e",
        ),
        *(b"\x1b[31;4;45m", b'\x1b[1"q', b"x" * 20, "字".encode() * 10, b"\x1b[3;3H\x1b7\x1b[1;1H", b"\x1b*0\x1bn"),
    ],
)
@pytest.mark.parametrize(
    "function",
    [
        *(b"\x1b[2;2;1;1$x", b"\x1b[35;7;1;7;9$x", b"\x1b[7;1;7;9$z", b"\x1b[7;1;7;9${", b"\x1b[1;1;1;9;1;7;1;1$v"),
        *(b"\x1b[2*x\x1b[7;1;7;9;7$r", b"\x1b[2*x\x1b[7;1;7;9;7$t"),
    ],
)
def test_rectangle_keeps_the_drawing_state(state: bytes, function: bytes) -> None:
    """What is drawn afterwards is the same as without the function, outside its rectangle."""
    after = b"q_\x1b[2b\x1b8S"
    before, screens = b"\x1b[8;1Hlast line\x1b[1;1H" + state, []
    for data in (before + after, before + function + after):
        emulator = Emulator(20, 8)
        emulator.feed(filter_sequences(data, 20, 8))
        screens.append(emulator)
    plain, other = (emulator.screen() for emulator in screens)
    changed = {6} if b"?6h" not in state else set(range(2, 6))
    assert [row for y, row in enumerate(plain.grid) if y not in changed] == [
        row for y, row in enumerate(other.grid) if y not in changed
    ]
    assert plain.cursor == other.cursor
    assert screens[0].drawing_state() == screens[1].drawing_state()


FUNCTIONS = [
    *(
        b"\x1b[2 @",
        b"\x1b[2 A",
        b"\x1b[2'}",
        b"\x1b[2'~",
        b"\x1b6",
        b"\x1b9",
        b"\x1b#8",
        b"\x1b[!p",
        b'\x1b[62"p',
        b"\x1b[#{",
    ),
    *(
        b"\x1b[4#{\x1b[#}",
        b"\x1b[35$x",
        b"\x1b[$z",
        b"\x1b[${",
        b"\x1b[;;;;;2;2$v",
        b"\x1b[7$r",
        b"\x1b[;;;;7$t",
        b"\x1b[1;2;3b",
    ),
    *(
        b"\x08",
        b"\x1b[D",
        b"\x1b(0_\x1b8",
        b"\x1b[?69h",
        b"\x1b[3;9s",
        b"\x1b[0L",
        b"\x1b]R",
        b"\x1b]P1aabbcc",
        b"\x1bkt\x1b\\",
    ),
]
"""Control functions that the emulator's library lacks or that are rewritten."""


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_function_calls_are_bounded_by_output_and_work(function: bytes) -> None:
    """Calls are counted instead of seconds. The work has a limit, so the time per byte has one, too."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    for state in (b"", b"x" * 60, b"\x1b[?69h\x1b[3;40s\x1b[9;3H"):
        data = state + b"".join(function + b"%x" % (number % 13) for number in range(150))
        stream = output(data)
        renderer = StreamRenderer(stream, sized(60, 20))
        renderer.emulator.work_limit = 8000
        sys.setprofile(count)
        try:
            renderer.render_to(len(data))
        finally:
            sys.setprofile(None)
        assert renderer.emulator.work <= 8000
        assert calls <= 1000 + 25 * len(data) + 18 * renderer.emulator.work
        calls = 0


def over_the_limit() -> tuple[EventStream, SizeTimeline]:
    stream = output(b"first", b"\x1b[1;1;3;20;1;1;2;1$v" * 100, b"\x1b[8;1Hafter\x1b[8;1;8;5;1;5;1;1$v")
    return stream, sized(20, 8)


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("terminal.stream_renderer", "search.text_index"):
        monkeypatch.setattr(f"replay_tui.{module}.WORK_PER_MIB", 19_700)


@pytest.mark.usefixtures("low_limit")
def test_functions_beyond_the_limit_are_reported() -> None:
    stream, sizes = over_the_limit()
    index = KeyframeIndex(stream, sizes, 256)
    index.build()
    assert ScreenReader(index).at_offset(len(stream.output)).lines[3:] == ("", "", "", "", "after")
    refused = refused_functions(stream)
    assert refused is not None
    assert 50 < refused[0] < 101
    message = {one.code: one.sentence for one in terminal_warnings(sizes, 0, [], refused)}["function-limit"]
    assert "not carried out, first after 00:01.0; later screens may lack copied text or show erased text" in message
    again, _ = over_the_limit()
    assert refused_functions(again) is None
    KeyframeIndex(again, sizes).restore(index.keyframes)
    cached = refused_functions(again)
    assert cached is not None, "the index came from the cache"
    assert cached[1] == refused[1]


@pytest.mark.usefixtures("low_limit")
def test_session_that_may_exceed_the_limit_is_not_split() -> None:
    stream, sizes = over_the_limit()
    index = KeyframeIndex(stream, sizes, 256)
    index.build()
    whole, parts = TextIndex(stream, sizes), TextIndex(stream, sizes, index)
    whole.build()
    parts.build(partition_bytes=256)
    assert list(parts.texts) == list(whole.texts)
    assert parts.rows == whole.rows


def test_limit_of_work_grows_with_the_output() -> None:
    short, long = (StreamRenderer(output(b"x" * size), sized(20, 8)) for size in (10, 3 << 20))
    assert long.emulator.work_limit == 3 * short.emulator.work_limit


@pytest.mark.parametrize("scrollback", list(Scrollback))
@pytest.mark.parametrize(
    "unit", [b"\x1b[!pa", b"ab\x1b[35;1;1;3;9$x", b"\x1b6", b"q\x1b[2 @", b"\x1b[#{\x1b[31mx\x1b[#}", b"_\x1b(0_\x1b(B"]
)
def test_repeat_skipping_never_cuts_a_function(unit: bytes, scrollback: Scrollback) -> None:
    data = filter_sequences(b"pq" + unit * 60 + b"end", 20, 8)
    plain, skipping = Emulator(20, 8, 100), Emulator(20, 8, 100)
    plain.feed(data)
    write_skipping_repeats(skipping, data, scrollback)
    assert skipping.screen() == plain.screen()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b[\x07!p", "after"),
        (b"\x1b[3\x075;1;1;1;2$x", "##\r\nafter"),
        (b"\x1b\x08k title \x1b\\", "after"),
        (b"\x1b\x00]\x01R", "after"),
        (b"\x1b[00000000000000035;1;1;1;2$x", "##\r\nafter"),
        (b"\x1b[99999999999999999999;1;1;1;2$x", "after"),
        (b"\x1b[35;2;2;1;1$x\x1b[35;99;1$x\x1b[35;1;99$x", "after"),
        (b"\x1b[?35;1;1;1;2$x\x1b[>!p\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1$r", "after"),
        (b"\x18\x1b[35;1;1;1;2$x", "##\r\nafter"),
        (b"\x18\x1b[1z\x18\x18", "after"),
    ],
)
def test_function_with_hostile_parameters(data: bytes, text: str) -> None:
    assert drawn(b"\r\n" * text.count("\n") + data + b"\rafter", 20, 8).text == text.replace("\r", "")


@pytest.mark.parametrize(
    "control", [b"\r", b"\x1b[m", b"\x1b]2;t\x07", b"\x1b]2;t\x1b\\", b"\x1b7", b"\x7f", b"\x1b[2b", b"\n"]
)
def test_rep_after_a_control_repeats_nothing(control: bytes) -> None:
    """As in xterm and tmux; otherwise it could draw over a command."""
    data = b"rm -rf /" + control + b"\x1b[5bX"
    without = drawn(b"rm -rf /" + control + b"X", 20, 8)
    assert drawn(data, 20, 8) == without
    for end in range(len(data)):
        stream = output(*cut_at(data, [end]))
        renderer = StreamRenderer(stream, sized(20, 8))
        for count in (1, 2):
            renderer.render_to(stream.output_length_after(count))
        assert renderer.emulator.screen() == without


def test_mark_in_the_output_changes_nothing() -> None:
    for data in (b'\x1b[1"qkept\x1b[0"qfree\x1b[?2J', b"\x1b[2 qa\x1b[?69h\x1b[2;5sb", b"\x1b[!pc", b"\x1b6d\x1b#8e"):
        assert drawn(data.replace(b"\x1b", b"\x18\x1b"), 20, 8) == drawn(data, 20, 8)


@pytest.mark.parametrize(
    "data", [b"\x1b[35;1;1;2;9$x", b"\x1b#8", b"\x1bkt\x1b\\", b"\x1b]P1ff0000", b"\x1b]R", b"\x1b(0_"]
)
def test_cut_inside_a_function_waits_for_its_end(data: bytes) -> None:
    for end in range(1, len(data)):
        at = data.rfind(b"\x1b", 0, end)
        complete = last_complete_offset(data, 0, end)
        assert complete in (at, end)
        if complete == end:  # the rest is drawn in the same way
            whole = drawn(data + b"X", 20, 8)
            emulator = Emulator(20, 8)
            for piece in cut_at(data + b"X", [end]):
                emulator.feed(filter_sequences(piece, 20, 8))
            assert emulator.screen() == whole


def warnings_of(data: bytes) -> dict[str, str]:
    stream = output(b"start", data)
    return {one.code: one.sentence for one in terminal_warnings(sized(), 0, list(scan_sequences(stream)))}


def test_unsupported_functions_are_reported_by_name_and_time() -> None:
    found = warnings_of(b"\x1b#3big\x1b#4big\x1b[?3h")
    assert found["function-DECDHL (double-height line)"] == (
        "the control function DECDHL (double-height line) is not carried out, first at 00:01.0 (2 times)"
    )
    assert found["function-DECCOLM (132 columns)"].endswith("first at 00:01.0")


def test_unsupported_functions_are_named_up_to_a_limit() -> None:
    functions = b"".join(b"\x1b[%c%c" % (inter, final) for inter in b"%&(" for final in b"@ABCDEFGHIJK")
    found = warnings_of(functions)
    assert len(found) == 21
    assert found["function-others"].endswith("(16 times)")


def test_row_ends_after_other_reads_and_functions_are_complete() -> None:
    """Reading cells resets the library's marks of changed rows."""
    pieces = [b"abc", b"\x1b[3;3Hxyz", b"\x1b[35;1;1;2;9$x", b"\x1b[1;1;2;9;1;5;1;1$v", b"\x1b[2;2;5;20${", b"\r\n" * 9]
    emulator, found = Emulator(20, 8), dict[int, int]()
    for number in range(40):
        emulator.feed(filter_sequences(pieces[number * 5 % 7 % len(pieces)], 20, 8))
        if number % 3:
            emulator.screen()
        found |= {y: width for y, width, _ in emulator.row_ends()}
        snapshot = emulator.snapshot()
        assert snapshot
        assert found == {y: width for y, width, _ in Emulator.restore(snapshot).row_ends()}
