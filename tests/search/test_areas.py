"""Areas of the search: everything printed is found, across wrapped rows too, and `all` finds what any area finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.recording import Recording
from replay_tui.search.query import Query
from replay_tui.search.search import SEARCH_AREAS, Hit, parse_areas, search
from replay_tui.search.text_index import TextIndex
from replay_tui.terminal.transcript import Transcript
from replay_tui.terminal.transcript_lines import TranscriptLine
from tests.support.effort import cases
from tests.support.fixtures import FIXTURES, SESSIONS, output, program, referee, sized
from tests.terminal.strategies import streams

CASES = FIXTURES / "search"
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(30))
COLS = 20
LONG = b"the first words and a needle-in-the-haystack of wrapped text"
"""Three rows of 20 columns; the needle is on two of them."""


def found(stream: EventStream, pattern: str, where: str = "all", *, rows: int = 6) -> list[Hit]:
    index = TextIndex(stream, sized(COLS, rows))
    index.build()
    return list(search(Query(pattern), parse_areas(where), index=index))


def transcript_of(index: TextIndex) -> list[TranscriptLine]:
    return Transcript(index.stream, index._sizes).build()


WRAPPED = {
    "last screen": [b"$ cat\r\n" + LONG],
    "cleared": [LONG, b"\x1b[H\x1b[2J"],
    "cleared in the same event": [LONG + b"\x1b[H\x1b[2J"],
    "scrolled off": [LONG + b"\r\n", *(b"%d\r\n" % number for number in range(9))],
    "scrolled off at once": [LONG + b"\r\n" * 9],
    "partly scrolled off": [b"\r\n" * 5 + LONG],
    "pager": [b"\x1b[?1049h\x1b[H", LONG, b"\x1b[?1049l"],
    "pager that wraps lines itself": [
        b"\x1b[?1049h\x1b[H", *(b"\x1b[%dH%s" % (row + 1, LONG[row * COLS :][:COLS]) for row in range(3)),
        b"\x1b[?1049l",
    ],
    "pager, scrolled": [b"\x1b[?1049h\x1b[H", b"one\r\ntwo\r\n" + LONG, b"\r\nthree" * 9, b"\x1b[?1049l"],
    "typed": [LONG[at : at + 1] for at in range(len(LONG))],
    "in colours": [LONG.replace(b"needle", b"nee\x1b[31mdle").replace(b"stack", b"st\x1b[0mack")],
}  # fmt: skip


@pytest.mark.parametrize("where", ["screen", "output", "all"])
@pytest.mark.parametrize("pieces", WRAPPED.values(), ids=WRAPPED)
def test_search_text_across_a_wrap_is_found(pieces: list[bytes], where: str) -> None:
    hits = found(output(*pieces), "needle-in-the-haystack", where)
    assert hits
    assert {hit.text[hit.start : hit.end] for hit in hits} == {"needle-in-the-haystack"}
    if pieces is not WRAPPED["pager that wraps lines itself"]:  # the end of its first row is blank
        assert LONG.decode() in {hit.text for hit in hits}


def test_search_wrapped_text_has_the_time_it_appeared() -> None:
    pieces = [LONG[:30], b"still", b"\x08" * 5 + LONG[30:], b"\r\n$ "]
    assert [hit.time for hit in found(output(*pieces), "needle-in-the-haystack")] == [2.0]
    assert [hit.time for hit in found(output(*WRAPPED["typed"]), "needle-in-the-haystack")] == [43.0]


def test_search_rows_that_are_not_wrapped_are_not_joined() -> None:
    """Full rows of a table and frames on the alternate screen, and lines on the primary screen."""
    table = b"\x1b[?1049h\x1b[H" + b"".join(b"\x1b[%dH|%s|" % (row, b"a" * 18) for row in range(1, 5))
    assert not found(output(table), "a||a")
    assert not found(output(b"abc\r\ndef\r\n"), "cd")
    assert not found(output(b"a" * 20 + b"\r\n" + b"b" * 20), "ab")


@pytest.mark.parametrize("where", ["screen", "output", "all"])
def test_search_last_screen_of_recorded_session(where: str) -> None:
    (hit,) = load(str(CASES / "wrap-screen-end.json")).search("export-with-everything", areas=where)
    assert hit.text.startswith("fetching https://")
    assert hit.text.endswith("?token=abc")


@LAW
@given(streams(), st.data())
def test_search_finds_all_of_the_transcript(data: bytes, draw: st.DataObject) -> None:
    """Any part of any line of the transcript, in every area that contains what was printed."""
    index = TextIndex(output(*(data[at : at + 20] for at in range(0, len(data), 20))), sized(COLS, 5))
    index.build()
    texts = [line.text for line in transcript_of(index) if line.text.strip()]
    if not texts:
        return
    text = draw.draw(st.sampled_from(texts))
    start = draw.draw(st.integers(0, len(text) - 1))
    pattern = text[start : start + draw.draw(st.integers(1, 30))].strip()
    if pattern:
        for where in ("screen", "output", "all"):
            assert list(search(Query(pattern), parse_areas(where), index=index)), (pattern, where)


RECORDED = ["shell-vim", "pg-psql", "httpproxy-connect", "exec-bash-failed", "mongo-connect", "open-shell"]


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("pattern", ["e", "select", "root", "GET", "deploy.sh", "200"])
def test_search_all_contains_the_hits_of_every_area(name: str, pattern: str) -> None:
    check_law(load(str(SESSIONS / f"{name}.json")), pattern)


def check_law(recording: Recording, pattern: str) -> None:
    whole = set(recording.search(pattern))
    parts = [set(recording.search(pattern, areas=area)) for area in SEARCH_AREAS]
    assert set().union(*parts) == whole
    assert set(recording.search(pattern, areas="screen,input")) == parts[0] | parts[2]


@LAW
@given(streams(), st.sampled_from(["a", "b", "1", "\u2500", " ", "q"]))
def test_search_output_contains_the_hits_of_screen(data: bytes, pattern: str) -> None:
    index = TextIndex(output(data), sized(COLS, 5))
    index.build()
    part, whole = (set(search(Query(pattern), parse_areas(where), index=index)) for where in ("screen", "output"))
    assert part <= whole


DRAWN_AS_LINES = {
    "left on": (b"\x1b(0rm -rf /srv/data", "rm -rf /srv/data"),
    "shift out": (b"\x1b)0\x0ecat /etc/shadow\x0f", "cat /etc/shadow"),
    "one word": (b"run \x1b(0tmux\x1b(B now", "tmux"),
    "locking shift": (b"\x1b*0\x1bnkill -9 1\x1bo", "kill -9 1"),
}


@pytest.mark.parametrize(("data", "text"), DRAWN_AS_LINES.values(), ids=DRAWN_AS_LINES)
def test_search_text_drawn_as_lines_is_found_and_marked(data: bytes, text: str) -> None:
    (hit,) = [hit for hit in found(output(b"$ ", data, b"\r\n"), text) if not hit.drawn]
    assert hit.text[hit.start : hit.end] == text
    assert hit.time == 1.0


@pytest.mark.parametrize(
    "frame", [b"\x1b(0lqqwqqk\r\nx  x  x\r\ntqqnqqu\r\nmqqvqqj\x1b(B", "\u251c\u2500\u2500 foo \u2502".encode()]
)
def test_search_frames_are_not_letters(frame: bytes) -> None:
    for pattern in ("q", "qq", "x", "lq", "tqq"):
        assert not found(output(frame), pattern)


@pytest.mark.parametrize(
    "data",
    [b"\x1bkrm -rf /srv\x1b\\", b"\x1bkrm -rf /srv", b"\x1b]0;rm -rf /srv", "r\ufe0fm -rf /srv".encode(),
     "rm\u180b -rf /srv".encode()],
)  # fmt: skip
def test_search_text_that_was_not_drawn_is_marked(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "session.cast"
    path.write_text('{"version": 2, "width": 80, "height": 24}\n' + f'[0.5, "o", {quoted(data)}]\n')
    hits = load(str(path)).search("rm -rf /srv")
    assert [hit.text[hit.start : hit.end] for hit in hits if not hit.drawn] == ["rm -rf /srv"]


@pytest.mark.parametrize(("name", "title"), [("screen-title.cast", "my-title"), ("screen-title-cmds.json", "bash")])
def test_search_titles_of_screen_are_found_and_marked(name: str, title: str) -> None:
    assert any(hit.text == title and not hit.drawn for hit in load(str(CASES / name)).search(title))


def quoted(data: bytes) -> str:
    return json.dumps(data.decode())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["less", "vim", "tmux"])
def test_search_finds_every_row_of_programs(name: str) -> None:
    """Every row of the last screen, cut in half and joined with the row below where the line goes on."""
    stream = program(name).stream
    index = TextIndex(stream, referee(name).sizes)
    index.build()
    for line in {line.text.strip() for line in transcript_of(index) if len(line.text.strip()) > 3}:
        assert list(search(Query(line[: len(line) // 2 + 2]), parse_areas("all"), index=index)), line


def test_search_crosses_row_ends_of_a_line_that_scrolled_in_part() -> None:
    """The first row has scrolled off; the text goes from the second one to the third, which are on the screen."""
    data = b"w" * (5 * COLS + 1) + b"\x1b[35;2;3;4;30$x"
    index = TextIndex(output(*(data[at : at + 20] for at in range(0, len(data), 20))), sized(COLS, 5))
    index.build()
    pattern = "w" * (COLS + 2) + "#"
    assert any(pattern in line.text for line in transcript_of(index))
    assert list(search(Query(pattern), parse_areas("screen"), index=index))
