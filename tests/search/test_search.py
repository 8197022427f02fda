"""Search: every text that was on the screen is found once, where it first appeared."""

from __future__ import annotations

import re
import threading

import pytest
from rich.cells import cell_len

from replay_tui.domain.errors import Cancelled, UsageError
from replay_tui.domain.event_stream import EventStream, RedactedSpan
from replay_tui.domain.statement import Statement
from replay_tui.load_recording import load
from replay_tui.redaction.redactor import HiddenInput, Redactor
from replay_tui.search.query import Query
from replay_tui.search.search import Hit, parse_areas, search
from replay_tui.search.text_index import TextIndex
from replay_tui.shell.typed_lines import typed_lines
from tests.support.effort import sampled
from tests.support.fixtures import FIXTURES, PROGRAMS, SESSIONS, drawn, output, program, referee, sized, stream_of

VIM = FIXTURES / "sessions" / "shell-vim.json"


def index_of(stream: EventStream, cols: int = 80, rows: int = 24) -> TextIndex:
    index = TextIndex(stream, sized(cols, rows))
    index.build()
    return index


def hits(stream: EventStream, pattern: str, *, regex: bool = False, where: str = "screen", **size: int) -> list[Hit]:
    found = search(
        Query(pattern, regex=regex), parse_areas(where), index=index_of(stream, **size), typed=typed_lines(stream)
    )
    return sorted(found, key=lambda hit: hit.time)


def times(stream: EventStream, pattern: str, **options: object) -> list[float]:
    return [hit.time for hit in hits(stream, pattern, **options)]  # type: ignore[arg-type]


# Where a text first appears --------------------------------------------------------------------------------------


def test_search_text_split_over_events_is_found():
    assert times(output(b"one nee", b"dl", b"e two", b"\r\n"), "needle") == [2.0]


def test_search_text_drawn_in_pieces_is_found():
    stream = output(b"\x1b[?1049h\x1b[2J\x1b[5;4Hdle", b"\x1b[1;1Htop", b"\x1b[5;1Hnee", b"\x1b[1;1Hnew")
    assert times(stream, "needle") == [2.0]
    assert hits(stream, "needle")[0].row == 4


def test_search_text_with_colour_change_is_found():
    assert times(output(b"nee\x1b[31mdle\x1b[0m\r\n"), "needle") == [0.0]


def test_search_scrolled_line_is_one_hit():
    stream = output(b"needle\r\n", *(b"line %d\r\n" % n for n in range(100)))
    assert times(stream, "needle") == [0.0]


def test_search_line_scrolled_on_alternate_screen_is_one_hit():
    lines = [b"\x1b[24;1H\r\n\x1b[24;1Hline %d" % n for n in range(10)]
    stream = output(b"\x1b[?1049h\x1b[2J\x1b[20;1Hneedle", *lines, b"\x1b[?1049l")
    assert times(stream, "needle") == [0.0]


def test_search_text_moved_by_inserted_lines_is_one_hit():
    assert times(output(b"\r\nneedle", b"\x1b[1;1H\x1b[L", b"\x1b[L", b"\x1b[M"), "needle") == [0.0]


def test_search_redrawn_screen_is_one_hit():
    frame = b"\x1b[H\x1b[2J\x1b[3;3Hneedle"
    stream = stream_of(*((n / 10, "o", frame) for n in range(10)))
    assert len(times(stream, "needle")) == 1


def test_search_text_that_reappears_is_two_hits():
    stream = output(b"\x1b[Hneedle", b"\x1b[H\x1b[2J", b"", b"\x1b[Hneedle")
    assert times(stream, "needle") == [0.0, 3.0]


def test_search_restored_primary_screen_is_one_hit():
    stream = output(b"needle\r\n", b"\x1b[?1049h\x1b[2J\x1b[Hvim", b"\x1b[?1049l", b"more\r\n")
    assert times(stream, "needle") == [0.0]


def test_search_text_cleared_within_event_is_found():
    flash = b"\x1b[2J\x1b[10;10Hneedle" + b"x" * 200 + b"\x1b[2J\x1b[10;10Hother"
    assert times(output(b"\x1b[?1049h", flash, b"later"), "needle") == [1.0]


def test_search_deleted_text_is_found():
    stream = output(b"$ ", b"n", b"eedle", b"\b \b" * 6, b"safe\r\n")
    assert times(stream, "needle") == [2.0]
    assert times(stream, "safe") == [4.0]


def test_search_fast_scrolling_text_is_found():
    flow = b"".join(b"line %d\r\n" % n for n in range(20_000))
    stream = output(b"start\r\n", flow, b"end\r\n")
    for wanted in (b"line 0", b"line 777", b"line 12345", b"line 19999"):
        found = times(stream, rf"^{wanted.decode()}$", regex=True)
        assert found == [1.0], wanted


def test_search_wrapped_line_is_found():
    stream = output(b"x" * 17 + b"needle here\r\n", b"more\r\n" * 20)
    found = hits(stream, "needle", cols=20, rows=5)
    assert [hit.text for hit in found] == ["x" * 17 + "needle here"]


def test_search_matches_of_one_line_and_time_are_one_hit():
    assert len(times(output(b"ab ab ab\r\n", b"x"), "ab")) == 1


def test_search_growing_row_gives_time_of_each_match():
    stream = output(b"ab ", b"ab ", b"cd")
    assert times(stream, "ab") == [0.0, 1.0]
    assert times(stream, "cd") == [2.0]


# On recordings of real programs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_index_contains_every_word_of_referee(name: str):
    stream, truth = program(name).stream, referee(name)
    index = TextIndex(stream, truth.sizes)
    index.build()
    first: dict[str, float] = {}
    for number, text in enumerate(index.texts):
        for word in re.finditer(r"[A-Za-z0-9_./:-]{4,}", text):
            first[word[0]] = min(first.get(word[0], 1e9), index.time_of(number, word.end()))
    for checkpoint in truth.checkpoints:
        seen = stream.times[checkpoint["event"] - 1] if "event" in checkpoint else stream.duration
        for line in checkpoint.get("lines", checkpoint.get("screen", [])):
            for word in re.findall(r"[A-Za-z0-9_./:-]{4,}", line):
                assert first.get(word, 1e9) <= max(seen, stream.duration), (word, line)


@sampled("name", PROGRAMS, daily=4)
def test_search_screen_hit_is_on_screen_at_its_time(name: str):
    path = FIXTURES / "programs" / f"{name}.json.gz"
    recording = load(path)
    found = recording.search(r"[a-z]{5}", regex=True, areas="screen")
    rows = [hit for hit in found if hit.row is not None]
    assert rows
    missing = 0
    for hit in rows[:: max(1, len(rows) // 60)]:
        missing += not any(hit.text[hit.start : hit.end] in line for line in recording.screen(hit.time).lines)
    assert missing <= len(rows[:60]) // 10  # text displayed only between two events


# Input, statements, lines ------------------------------------------------------------------------------------------


def test_search_input_is_joined_and_timed():
    stream = stream_of(*((float(n), "i", bytes([byte])) for n, byte in enumerate(b"rm -rf x\r")))
    found = hits(stream, "rm -rf", where="input")
    assert [(hit.time, hit.text) for hit in found] == [(5.0, "rm -rf x")]


def test_search_deleted_input_is_found_once():
    keys = [b"s", b"u", b"d", b"p", b"\x7f", b"o", b"\r"]
    stream = stream_of(*((float(n), "i", key) for n, key in enumerate(keys)))
    assert times(stream, "sudp", where="input") == [3.0]
    assert times(stream, "sudo", where="input") == [5.0]
    assert times(stream, "sud", where="input") == [2.0]


def test_search_hidden_input_is_not_found():
    stream = stream_of((0.0, "i", b"hunter2"), (1.0, "i", b"\r"), (2.0, "o", b"hunter2 is shown\r\n"))
    mask = Redactor([HiddenInput("hunter2", (RedactedSpan(0, 0, 7),), 0.0, 1.0)])
    found = list(
        search(
            Query("hunter2"), parse_areas("all"), index=index_of(stream), typed=typed_lines(stream, mask),
            redact=mask.text,
            statements=[Statement(0.0, "shell", "login hunter2")],
        )
    )  # fmt: skip
    assert [hit for hit in found if hit.where != "statements"] == []


def test_search_hidden_input_typed_visibly_later_is_masked():
    """Typed key by key, so that no single event contains it."""
    later = [(2.0 + n / 10, "i", bytes((byte,))) for n, byte in enumerate(b"x hunter2 y\r")]
    stream = stream_of((0.0, "i", b"hunter2"), (1.0, "i", b"\r"), *later)
    mask = Redactor([HiddenInput("hunter2", (RedactedSpan(0, 0, 7),), 0.0, 1.0)])
    found = list(search(Query("x "), parse_areas("input"), typed=typed_lines(stream, mask)))
    assert [hit.text for hit in found] == ["x \u2022\u2022\u2022\u2022\u2022\u2022\u2022 y"]
    assert not list(search(Query("hunter2"), parse_areas("all"), typed=typed_lines(stream, mask)))


def test_redactor_screen_keeps_cell_widths():
    screen = drawn("a \x1b[31mhun\x1b[1mter2\x1b[m b\r\n\u6f22\u5b57pass \u6f22\u5b57\r\nhunter".encode())
    spans = (RedactedSpan(0, 0, 7),)
    hidden = Redactor(
        [HiddenInput("hunter2", spans, 0.0, 1.0), HiddenInput("\u6f22\u5b57pass", spans, 0.0, 1.0)]
    ).screen(screen)
    assert hidden.lines[0] == "a \u2022\u2022\u2022\u2022\u2022\u2022\u2022 b"
    assert hidden.lines[2] == "hunter"
    assert "\u6f22\u5b57" in hidden.lines[1]
    assert "pass" not in hidden.lines[1]
    for was, now in zip(screen.grid, hidden.grid, strict=True):
        assert [(run.pen, run.width) for run in was.runs] == [(run.pen, run.width) for run in now.runs]
    assert [cell_len(run.text) for run in hidden.grid[1].runs] == [run.width for run in hidden.grid[1].runs]


def test_search_statements_gives_line_and_parameters():
    rows = [Statement(1.0, "read", "select *\nfrom payments", ("needle",), event=7)]
    found = list(search(Query("payments"), parse_areas("statements"), statements=rows))
    assert found == [Hit(1.0, "statements", "from payments", 5, 13, event=7)]
    assert next(iter(search(Query("needle"), parse_areas("statements"), statements=rows))).text == "needle"


def test_search_recorded_session_covers_all_areas():
    recording = load(VIM)
    assert {hit.where for hit in recording.search("sudo")} >= {"input", "screen"}
    assert recording.search("needle in no haystack") == []
    found = recording.search("restarting", areas="screen")
    assert found[0].time == pytest.approx(2.8, abs=0.2)


# Patterns ----------------------------------------------------------------------------------------------------------


def test_query_smart_case_depends_on_capitals():
    stream = output(b"Needle needle NEEDLE\r\n")
    assert len(hits(stream, "needle")) == 1
    assert hits(stream, "NEEDLE")[0].start == 14
    assert hits(stream, "NeedlE") == []
    assert hits(stream, r"\bN\w+E", regex=True)[0].start == 14
    assert hits(stream, r"\Sneedle", regex=True) == []


def test_search_wide_characters_are_found():
    stream = output("漢字 needle かな\r\n".encode())
    assert hits(stream, "字 needle")[0].text == "漢字 needle かな"


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "*", "(?P<x", "\\"])
def test_query_invalid_regex_raises(pattern: str):
    with pytest.raises(UsageError, match="regular expression"):
        Query(pattern, regex=True)
    assert Query(pattern).spans(f"a{pattern}b") == [(1, 1 + len(pattern))]


@pytest.mark.parametrize("pattern", ["", "x" * 5000])
def test_query_invalid_length_raises(pattern: str):
    with pytest.raises(UsageError):
        Query(pattern)


@pytest.mark.slow
@sampled("pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "a*a*a*a*a*a*$", r"(a*)*\1$", "(.*?,){20}x"], daily=2)
def test_query_endless_pattern_stops(pattern: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("replay_tui.search.query._LINE_SECONDS", 0.05)
    query = Query(pattern, regex=True)
    refused = ""
    for _ in range(5):
        try:
            query.spans("a" * 1999 + "b")
        except UsageError as error:
            refused = str(error)
            break
    assert not refused or "time limit" in refused


def test_parse_areas_unknown_area_raises():
    assert parse_areas("all") == parse_areas("screen,output,input,statements")
    with pytest.raises(UsageError, match="dreams"):
        parse_areas("screen,dreams")


# While the index grows -----------------------------------------------------------------------------------------------


def test_search_in_growing_index_finds_the_same():
    stream = program("less").stream
    whole = index_of(stream)
    wanted = {(hit.time, hit.text[: hit.end]) for hit in search(Query("info"), parse_areas("screen"), index=whole)}
    growing = TextIndex(stream, sized())
    thread = threading.Thread(target=growing.build)
    found = search(Query("info"), parse_areas("screen"), index=growing)
    thread.start()
    streamed = {(hit.time, hit.text[: hit.end]) for hit in found}
    thread.join()
    assert streamed == wanted


def test_search_cancelled_raises():
    growing = TextIndex(output(b"x"), sized())  # never built
    stops = iter([False, False, True])
    with pytest.raises(Cancelled):
        list(search(Query("x"), parse_areas("screen"), index=growing, is_cancelled=lambda: next(stops, True)))


def test_search_http_messages_are_found_by_area():
    recording = load(str(SESSIONS / "httpproxy-connect.json"))

    def found(pattern: str, where: str = "all") -> list[tuple[float, str, str]]:
        return [(round(hit.time, 2), hit.where, hit.text) for hit in recording.search(pattern, areas=where)]

    assert found("paid") == [(0.16, "output", '[{"id":1,"paid":true},{"id":2}]')]
    assert found("paid", "screen") == found("paid", "output") == found("paid")
    assert found("paid", "input") == found("paid", "statements") == []
    assert [(where, text) for _, where, text in found("204")] == [("output", "204 No Content")]
    assert {where for _, where, _ in found("Host:")} == {"input"}
    assert [text for _, _, text in found("/orders/2")] == ["DELETE /api/v1/orders/2"]
