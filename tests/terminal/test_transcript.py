"""Transcript: every line once, in order, with the time at which it was written."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings

from replay_tui.domain.errors import Cancelled
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import TranscriptLine
from tests.support.fixtures import PROGRAMS, output, program, referee, sized, stream_of
from tests.terminal.strategies import streams


def lines_of(name: str) -> list[TranscriptLine]:
    return Transcript(program(name).stream, referee(name).sizes).build()


def texts(*pieces: bytes, rows: int = 24) -> list[str]:
    return [line.text for line in Transcript(output(*pieces), sized(80, rows)).build()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_transcript_times_never_decrease(name: str) -> None:
    lines = lines_of(name)
    assert lines
    assert all(before.time <= after.time for before, after in pairwise(lines))
    assert lines[-1].time <= program(name).stream.duration
    assert all(line.text == line.text.rstrip() and line.text.isprintable() for line in lines)


@pytest.mark.parametrize("name", PROGRAMS)
def test_transcript_contains_the_last_screen(name: str) -> None:
    lines = [line.text for line in lines_of(name)]
    last = [line for line in referee(name).checkpoints[-1]["lines"] if line]
    for line in last:
        assert any(line in one for one in lines)  # a row may be the end of a wrapped line


def test_transcript_scrolled_lines_are_complete_and_sorted() -> None:
    found = [int(match[1]) for line in lines_of("progress") if (match := re.search(r" request id=(\d{5}) ", line.text))]
    assert found[:3000] == list(range(3000))


def test_transcript_long_output_has_write_times() -> None:
    data = b"".join(b"row %05d\r\n" % number for number in range(3000))
    pieces = [data[at : at + 777] for at in range(0, len(data), 777)]
    lines = Transcript(output(*pieces), sized()).build()
    assert [line.text for line in lines] == [f"row {number:05d}" for number in range(3000)]
    written = {f"row {number:05d}": at for at, piece in enumerate(pieces) for number in numbers_in(piece)}
    for line in lines:
        if line.text in written:  # written completely in one event
            assert abs(line.time - written[line.text]) <= 1


def numbers_in(piece: bytes) -> list[int]:
    return [int(part[-5:]) for part in piece.split(b"\r\n")[1:-1] if len(part) == 9]


def test_transcript_wrapped_rows_are_one_line() -> None:
    assert texts(b"x" * 200 + b"\r\nnext\r\n") == ["x" * 200, "next"]
    long = b"".join(b"%d " % number for number in range(3000)).strip()
    assert texts(long + b"\r\nend", rows=5) == [long.decode(), "end"]
    wide = "漢字 " * 100
    assert texts(wide.encode() + b"\r\nend", rows=5) == [wide.rstrip(), "end"]


def test_transcript_cleared_screen_is_kept() -> None:
    assert texts(b"one\r\ntwo\r\n", b"\x1b[H\x1b[2Jthree") == ["one", "two", "three"]


def test_transcript_overwritten_line_is_there_once() -> None:
    assert texts(*(b"\r%3d%%" % part for part in range(101)), b"\r\ndone\r\n") == ["100%", "done"]


def test_transcript_has_the_last_alternate_screen() -> None:
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


def test_transcript_control_sequences_are_removed() -> None:
    assert texts(b"a\x1b]2;title\x07b\x1b[31mc\x1b_apc\x1b\\d\r\n") == ["abcd"]


def test_transcript_empty_stream_has_no_lines() -> None:
    assert texts() == []
    assert texts(b"\r\n\r\n") == []


def test_transcript_build_cancelled_raises() -> None:
    with pytest.raises(Cancelled):
        Transcript(output(b"x"), sized()).build(lambda: True)


def test_transcript_vim_has_shell_and_alternate_lines() -> None:
    texts = [line.text for line in lines_of("vim")]
    assert any("root@app-1:/srv/shop#" in text and "vim" in text for text in texts)
    assert any(line.origin == "alternate" for line in lines_of("vim"))


def test_transcript_resized_session_has_its_prompts() -> None:
    lines = lines_of("resize")
    prompts = [line.text for line in lines if line.text.startswith("root@app-1:/srv/shop# ")]
    assert len(prompts) >= 2
    assert any(line.origin == "alternate" for line in lines)


@settings(deadline=None, max_examples=60)
@given(streams())
def test_transcript_of_any_bytes_is_sorted_plain_text(data: bytes) -> None:
    lines = Transcript(output(data), sized(20, 5)).build()
    assert all(before.time <= after.time for before, after in pairwise(lines))
    assert all("\x1b" not in line.text and "\n" not in line.text for line in lines)


def test_transcript_very_long_line_is_split() -> None:
    found = texts(b"x" * 200_000)
    assert "".join(found) == "x" * 200_000
    assert max(map(len, found)) < 70_000


def test_transcript_before_unfinished_sequence_is_kept() -> None:
    lines = texts(b"".join(b"%d\r\n" % number for number in range(100)), b"\x1b_never ends")
    assert lines[:100] == [str(number) for number in range(100)]


def test_transcript_end_in_alternate_screen_keeps_lines() -> None:
    stream = output(b"".join(b"%d\r\n" % number for number in range(100)), b"$ vim\r\n\x1b[?1049h\x1b[H\x1b[2Jtext")
    lines = Transcript(stream, sized()).build()
    assert [line.text for line in lines] == [*map(str, range(100)), "$ vim", "text"]
    assert lines[-1].origin == "alternate"


def test_transcript_line_before_alternate_screen_has_time() -> None:
    stream = stream_of((1.0, "o", b"$ vim"), (2.0, "o", b"\r\n\x1b[?1049h\x1b[Htext"), (9.0, "o", b"\x1b[?1049l$ exit"))
    times = {line.text: line.time for line in Transcript(stream, sized()).build()}
    assert times == {"$ vim": 2.0, "text": 9.0, "$ exit": 9.0}


@pytest.mark.parametrize("modes", [b"47", b"1049", b"1;1049", b"1047;25", b"1;47;25"])
def test_transcript_text_hidden_within_one_event_is_kept(modes: bytes) -> None:
    """The alternate screen is entered and both screens are cleared before a burst of output ends."""
    assert texts(b"rm -rf /srv\x1b[?" + modes + b"h\x1bcclean") == ["rm -rf /srv", "clean"]
