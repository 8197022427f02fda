"""The transcript: every line once, in order, each with the time at which it was written."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings

from replay_tui.domain.cancellation import Cancelled
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import TranscriptLine
from tests.support.fixtures import PROGRAMS, output, program, referee, sized, stream_of
from tests.terminal.strategies import streams


def lines_of(name: str) -> list[TranscriptLine]:
    return Transcript(program(name).stream, referee(name).sizes).build()


def texts(*pieces: bytes, rows: int = 24) -> list[str]:
    return [line.text for line in Transcript(output(*pieces), sized(80, rows)).build()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_times_never_decrease(name: str) -> None:
    lines = lines_of(name)
    assert lines
    assert all(before.time <= after.time for before, after in pairwise(lines))
    assert lines[-1].time <= program(name).stream.duration
    assert all(line.text == line.text.rstrip() and line.text.isprintable() for line in lines)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_first_and_the_last_screen_are_in_it(name: str) -> None:
    lines = [line.text for line in lines_of(name)]
    last = [line for line in referee(name).checkpoints[-1]["lines"] if line]
    for line in last:
        assert any(line in one for one in lines)  # a row may be the end of a wrapped line


def test_lines_that_scrolled_by_are_there_once_and_in_order() -> None:
    found = [int(match[1]) for line in lines_of("progress") if (match := re.search(r" request id=(\d{5}) ", line.text))]
    assert found[:3000] == list(range(3000))


def test_three_thousand_lines() -> None:
    data = b"".join(b"row %05d\r\n" % number for number in range(3000))
    pieces = [data[at : at + 777] for at in range(0, len(data), 777)]
    lines = Transcript(output(*pieces), sized()).build()
    assert [line.text for line in lines] == [f"row {number:05d}" for number in range(3000)]
    written = {f"row {number:05d}": at for at, piece in enumerate(pieces) for number in numbers_in(piece)}
    for line in lines:
        if line.text in written:  # whole in one event
            assert abs(line.time - written[line.text]) <= 1


def numbers_in(piece: bytes) -> list[int]:
    return [int(part[-5:]) for part in piece.split(b"\r\n")[1:-1] if len(part) == 9]


def test_wrapped_lines_are_one_line() -> None:
    assert texts(b"x" * 200 + b"\r\nnext\r\n") == ["x" * 200, "next"]
    long = b"".join(b"%d " % number for number in range(3000)).strip()
    assert texts(long + b"\r\nend", rows=5) == [long.decode(), "end"]
    wide = "漢字 " * 100
    assert texts(wide.encode() + b"\r\nend", rows=5) == [wide.rstrip(), "end"]


def test_what_a_clear_wipes_is_kept() -> None:
    assert texts(b"one\r\ntwo\r\n", b"\x1b[H\x1b[2Jthree") == ["one", "two", "three"]


def test_a_line_drawn_over_itself_is_there_once() -> None:
    assert texts(*(b"\r%3d%%" % part for part in range(101)), b"\r\ndone\r\n") == ["100%", "done"]


def test_the_alternate_screen_as_it_was_left() -> None:
    stream = stream_of(
        (0.0, "o", b"$ vim\r\n"), (1.0, "o", b"\x1b[?1049h\x1b[2J\x1b[1;1Hfirst"), (5.0, "o", b"\x1b[1;1Hfinal text"),
        (6.0, "o", b"\x1b[?1049l$ exit\r\n"),
    )  # fmt: skip
    lines = Transcript(stream, sized()).build()
    assert [(line.text, line.origin) for line in lines if line.text] == [
        ("$ vim", lines[0].origin),
        ("final text", "alternate"),
        ("$ exit", "screen"),
    ]


def test_hidden_sequences_leave_no_trace() -> None:
    assert texts(b"a\x1b]2;title\x07b\x1b[31mc\x1b_apc\x1b\\d\r\n") == ["abcd"]


def test_an_empty_stream_has_no_lines() -> None:
    assert texts() == []
    assert texts(b"\r\n\r\n") == []


def test_stopping() -> None:
    with pytest.raises(Cancelled):
        Transcript(output(b"x"), sized()).build(lambda: True)


def test_vim_and_the_shell_around_it() -> None:
    texts = [line.text for line in lines_of("vim")]
    assert any("root@app-1:/srv/shop#" in text and "vim" in text for text in texts)
    assert any(line.origin == "alternate" for line in lines_of("vim"))


def test_a_session_that_was_resized() -> None:
    lines = lines_of("resize")
    prompts = [line.text for line in lines if line.text.startswith("root@app-1:/srv/shop# ")]
    assert len(prompts) >= 2
    assert any(line.origin == "alternate" for line in lines)


@settings(deadline=None, max_examples=60)
@given(streams())
def test_whatever_the_bytes(data: bytes) -> None:
    lines = Transcript(output(data), sized(20, 5)).build()
    assert all(before.time <= after.time for before, after in pairwise(lines))
    assert all("\x1b" not in line.text and "\n" not in line.text for line in lines)


def test_an_endless_line_is_cut() -> None:
    found = texts(b"x" * 200_000)
    assert "".join(found) == "x" * 200_000
    assert max(map(len, found)) < 70_000


def test_lines_that_scrolled_by_before_an_unfinished_sequence_are_kept() -> None:
    lines = texts(b"".join(b"%d\r\n" % number for number in range(100)), b"\x1b_never ends")
    assert lines[:100] == [str(number) for number in range(100)]


def test_a_session_that_ends_in_the_alternate_screen_keeps_what_was_before() -> None:
    stream = output(b"".join(b"%d\r\n" % number for number in range(100)), b"$ vim\r\n\x1b[?1049h\x1b[H\x1b[2Jtext")
    lines = Transcript(stream, sized()).build()
    assert [line.text for line in lines] == [*map(str, range(100)), "$ vim", "text"]
    assert lines[-1].origin == "alternate"


def test_the_line_that_starts_a_full_screen_program_is_dated_by_when_it_was_written() -> None:
    stream = stream_of((1.0, "o", b"$ vim"), (2.0, "o", b"\r\n\x1b[?1049h\x1b[Htext"), (9.0, "o", b"\x1b[?1049l$ exit"))
    times = {line.text: line.time for line in Transcript(stream, sized()).build()}
    assert times == {"$ vim": 2.0, "text": 9.0, "$ exit": 9.0}
