"""Files of other recorders: half characters, absolute times, zero sizes, several casts, lost blocks of a file."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.sources import LoadedSession, read_stream
from replay_tui.sources.json_text import TextEncoder
from replay_tui.sources.time_origin import TimeOrigin

EPOCH = 1774744200
V2: dict[str, Any] = {"version": 2, "width": 40, "height": 6}
V3: dict[str, Any] = {"version": 3, "term": {"cols": 40, "rows": 6}}


def read(*lines: Any, **options: Any) -> LoadedSession:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
    return list(read_stream([text.encode("utf-8", "surrogatepass")], "test", **options))[-1]


def codes(loaded: LoadedSession) -> set[str]:
    return {one.code for one in loaded.stream.log.warnings}


def events(loaded: LoadedSession) -> list[tuple[float, str, bytes]]:
    return [(round(event.time, 6), event.kind, event.data) for event in loaded.stream.events()]


# -- characters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "output", "warned"),
    [
        (['[0.5,"o","a\\ud83d"]', '[0.6,"o","\\ude00b"]'], "a😀b", {"split-character"}),
        (['[0.5,"o","a\\ud83d"]', '[0.6,"i","x"]', '[0.7,"o","\\ude00b"]'], "a😀b", {"split-character"}),
        (['[0.5,"o","a\\ud83d"]', '[0.6,"o","b"]'], "a\ufffdb", {"lone-surrogate"}),
        (['[0.5,"o","a\\ude00"]'], "a\ufffd", {"lone-surrogate"}),
        (['[0.5,"o","a\\ud83d"]'], "a\ufffd", {"lone-surrogate"}),
        (['[0.5,"o","\\ud83d\\ude00"]'], "😀", set()),
    ],
)
def test_read_surrogates_are_joined_or_replaced(lines: list[str], output: str, warned: set[str]) -> None:
    loaded = read(V2, *lines)
    assert loaded.stream.output.decode() == output
    assert codes(loaded) == warned


@pytest.mark.parametrize("form", ["v1", "download", "utf8"])
def test_read_surrogates_in_other_formats_are_joined(form: str) -> None:
    text = {
        "v1": '{"version":1,"width":80,"height":24,"stdout":[[0.5,"a\\ud83d"],[0.1,"\\ude00b"]]}',
        "download": '[{"time":"2026-01-01T00:00:00Z","type":"o","stream":"a\\ud83d"},'
        '{"time":"2026-01-01T00:00:01Z","type":"o","stream":"\\ude00b"}]',
        "utf8": '{"id":"x","event_stream":["a\\ud83d \\ude00b"]}',
    }[form]
    loaded = read(text)
    assert loaded.stream.output.decode() == ("a\ufffd \ufffdb" if form == "utf8" else "a😀b")


@given(st.text(alphabet="ab\u00e9\U0001f600\U00010000\uffff", max_size=12), st.lists(st.integers(0, 24), max_size=6))
def test_text_encoder_any_split_gives_the_whole_text(text: str, cuts: list[int]) -> None:
    """The text as UTF-16 code units, cut anywhere."""
    units = text.encode("utf-16-le")
    places = sorted({0, len(units), *(min(2 * cut, len(units)) for cut in cuts)})
    pieces = [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in itertools.pairwise(places)]
    log = FidelityWarnings()
    encoder = TextEncoder(log)
    encoded = b"".join(encoder.encode("o", piece) for piece in pieces) + encoder.end("o")
    assert encoded.decode() == text
    assert not {one.code for one in log.warnings} - {"split-character"}


@given(st.lists(st.text(alphabet="a\ud83d\ude00\u20ac", max_size=4), max_size=8))
def test_text_encoder_any_halves_give_valid_utf8(pieces: list[str]) -> None:
    log = FidelityWarnings()
    encoder = TextEncoder(log)
    text = (b"".join(encoder.encode("o", piece) for piece in pieces) + encoder.end("o")).decode()
    whole = "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert text == whole
    lone = sum(one.count for one in log.warnings if one.code == "lone-surrogate")
    assert lone == text.count("\ufffd")


# -- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("timestamp", [None, EPOCH])
def test_read_absolute_times_count_from_the_start(unit: float, timestamp: int | None) -> None:
    header = V2 if timestamp is None else V2 | {"timestamp": timestamp}
    loaded = read(header, [(EPOCH + 0.5) * unit, "o", "a"], [(EPOCH + 2) * unit, "o", "b"])
    begin = 0.5 if timestamp else 0.0
    assert [round(time, 3) for time in loaded.stream.times] == [begin, begin + 1.5]
    assert codes(loaded) == {"epoch-time"}
    start = loaded.session.fields.start_date
    assert start is not None
    assert round(start.timestamp() + begin, 3) == EPOCH + 0.5


def test_read_v1_with_epoch_first_delay_starts_at_zero() -> None:
    cast = {"version": 1, "width": 80, "height": 24, "stdout": [[1498969400.1, "$ "], [0.5, "id"], [5.0, "exit"]]}
    loaded = read(cast)
    assert list(loaded.stream.times) == [0.0, 0.5, 5.5]
    assert codes(loaded) == {"epoch-time"}
    assert str(loaded.session.fields.start_date).startswith("2017-07-02 04:23:20")


def test_read_v3_with_absolute_times_keeps_the_distances() -> None:
    loaded = read(V3, [EPOCH + 1, "o", "a"], [EPOCH + 3, "o", "b"], [0.5, "o", "c"])
    assert list(loaded.stream.times) == [0.0, 2.0, 2.5]


def test_read_v2_absolute_first_time_only_keeps_the_others() -> None:
    loaded = read(V2, [EPOCH, "o", "a"], [0.5, "o", "b"], [5.5, "o", "c"])
    assert list(loaded.stream.times) == [0.0, 0.5, 5.5]


def test_read_gateway_session_with_epoch_times_warns() -> None:
    stream = [[EPOCH + time, "o", "YQ=="] for time in (0.25, 1.0, 2.5)]
    loaded = read({"id": "x", "start_date": "2026-03-29T00:30:00Z", "event_stream": stream, "status": "open"})
    assert list(loaded.stream.times) == [0.25, 1.0, 2.5]
    assert "epoch-time" in codes(loaded)


def test_read_long_pause_is_no_epoch_time() -> None:
    loaded = read(V2, [1.0, "o", "a"], [86400 * 365, "o", "b"])
    assert list(loaded.stream.times) == [1.0, 86400.0 * 365]
    assert not codes(loaded)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), st.floats(1e9, 4e9), st.booleans())
def test_time_origin_converts_in_bulk_as_one_by_one(times: list[float], epoch: float, absolute: bool) -> None:
    given = [time + epoch * absolute for time in sorted(times)]
    one, many = TimeOrigin(FidelityWarnings()), TimeOrigin(FidelityWarnings())
    converted = [one.convert(time) for time in given]
    assert many.convert_all(given) == converted
    assert converted == pytest.approx([time - given[0] if absolute else time for time in given])


def test_read_exit_event_defines_the_duration() -> None:
    loaded = read(V3, [1, "o", "$ "], [600, "x", "4"])
    assert loaded.stream.duration == 601
    assert loaded.session.fields.exit_code == 4
    assert [one.message for one in loaded.stream.log.warnings] == [
        "the program exited 10 min 00 s after the last output"
    ]
    assert not codes(read(V3, [1, "o", "$ "], [0.5, "x", "4"]))


def test_read_idle_limit_is_reported() -> None:
    loaded = read(V3 | {"idle_time_limit": 1.5}, [1, "o", "$ "])
    assert (loaded.idle_limit, codes(loaded)) == (1.5, {"idle-limit"})


@pytest.mark.parametrize("limit", [0, -1, "1.5", True, [], 1e400])
def test_read_invalid_idle_limit_is_ignored_with_warning(limit: object) -> None:
    loaded = read(json.dumps(V3 | {"idle_time_limit": limit}), [1, "o", "$ "])
    assert (loaded.idle_limit, codes(loaded)) == (None, {"odd-header"})


def test_read_exit_event_without_code_warns_and_keeps_duration() -> None:
    loaded = read(V3, [1, "o", "$ "], [600, "x", "killed"])
    assert loaded.stream.duration == 601
    assert loaded.session.fields.exit_code is None
    assert codes(loaded) == {"bad-exit", "late-exit"}


# -- sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["0x0", "0x24", "80x0", "00x000", "-1x5", "80", "80x", "x24", ""])
def test_read_resize_to_nothing_is_ignored_with_warning(size: str) -> None:
    loaded = read(V2, [0.1, "o", "a"], [0.2, "r", size], [0.3, "o", "b"])
    assert loaded.resizes == []
    assert codes(loaded) == {"bad-resize"}


@pytest.mark.parametrize("header", [V2 | {"width": 0}, V2 | {"height": -4}, V3 | {"term": {"cols": 0, "rows": 0}}])
def test_read_header_size_of_zero_warns(header: dict[str, Any]) -> None:
    loaded = read(header, [0.1, "o", "a"])
    assert loaded.size is None
    assert codes(loaded) == {"bad-size"}


# -- several casts, lost blocks -----------------------------------------------------------------------------------


def test_read_second_cast_continues_the_first() -> None:
    loaded = read(V2, [1, "o", "a"], [4, "o", "b"], V2 | {"width": 90, "title": "two"}, [0.5, "o", "c"], [2, "i", "d"])
    assert [event for event in events(loaded) if event[1] in "oi"] == [
        (1.0, "o", b"a"), (4.0, "o", b"b"), (4.5, "o", b"c"), (6.0, "i", b"d"),
    ]  # fmt: skip
    assert codes(loaded) == {"second-cast"}
    assert loaded.resizes == [(2, 90, 6)]
    assert loaded.markers == [(4.0, "two")]


def test_read_second_cast_begins_at_its_own_start_date() -> None:
    first, second = V3 | {"timestamp": EPOCH}, V2 | {"timestamp": EPOCH + 60}
    loaded = read(first, [1, "o", "a"], [3, "o", "b"], second, [0.5, "o", "c"])
    assert [event[0] for event in events(loaded) if event[1] == "o"] == [1.0, 4.0, 60.5]


def test_read_second_cast_without_size_keeps_the_size() -> None:
    loaded = read(V2, [1, "o", "a"], {"version": 3}, [0.5, "o", "c"])
    assert bytes(loaded.stream.output) == b"ac"
    assert (loaded.resizes, codes(loaded)) == ([], {"second-cast"})


def test_read_cast_after_version_1_is_not_lost() -> None:
    first = {"version": 1, "width": 80, "height": 24, "stdout": [[1, "a"], [1, "b"]]}
    loaded = read(json.dumps(first, indent=1), V2, [0.5, "o", "c"], first)
    assert [event[2] for event in events(loaded) if event[1] == "o"] == [b"a", b"b", b"c", b"a", b"b"]
    assert loaded.stream.log.warnings[0].count == 2


def test_read_two_gateway_sessions_in_one_file_warns() -> None:
    one = {"id": "x", "status": "open", "event_stream": [[0, "o", "YQ=="]]}
    assert codes(read(one, one)) & {"trailing-data", "duplicate-stream"}


@pytest.mark.parametrize("place", ["start", "line", "instead of a line end", "within a line", "end"])
def test_read_cast_with_nul_block_keeps_the_rest(place: str) -> None:
    nuls = "\0" * 4096
    lines = [json.dumps(V2), '[1, "o", "a"]', '[2, "o", "b"]', '[3, "o", "c"]']
    text = {
        "start": nuls + "\n".join(lines),
        "line": "\n".join([*lines[:2], nuls + lines[2], lines[3]]),
        "instead of a line end": "\n".join([lines[0], lines[1] + nuls + lines[2], lines[3]]),
        "within a line": "\n".join([*lines[:2], '[1.5, "o", "' + nuls + "lost", *lines[2:]]),
        "end": "\n".join(lines) + nuls,
    }[place]
    loaded = read(text)
    assert bytes(loaded.stream.output) == b"abc"
    assert "nul-block" in codes(loaded)
    assert "bad-event" in codes(loaded) or place != "within a line"


@given(st.integers(0, 3), st.integers(1, 300), st.data())
def test_read_gateway_session_with_nul_block_warns(before: int, length: int, data: st.DataObject) -> None:
    """A lost block of the file: everything around it is read, and the loss is reported."""
    payloads = [f"event {number} ".encode() * 3 for number in range(6)]
    elements = [json.dumps([at, "o", base64.b64encode(one).decode()]) for at, one in enumerate(payloads)]
    text = '{"id": "x", "status": "open", "event_stream": [' + ", ".join(elements) + "]}"
    start = text.index(elements[1]) + data.draw(st.integers(0, len(elements[1])))
    loaded = read(text[:start] + "\0" * length + text[min(len(text), start + (length if before else 0)) :])
    assert codes(loaded) - {"still-open"}
    assert payloads[0] in loaded.stream.output


# -- bytes of the file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["v2", "v1", "download"])
def test_read_text_format_with_invalid_bytes_counts_them(form: str) -> None:
    text = "文件".encode("gbk")
    data = {
        "v2": json.dumps(V2).encode() + b'\n[1, "o", "' + text + b'"]\n',
        "v1": b'{"version":1,"width":80,"height":24,"stdout":[[0.5,"' + text + b'"]]}',
        "download": b'[{"time":"2026-01-01T00:00:00Z","type":"o","stream":"' + text + b'"}]',
    }[form]
    invalid = len(text) - len(text.decode("utf-8", "ignore").encode())
    for size in (1, 7, len(data)):
        loaded = list(read_stream([data[at : at + size] for at in range(0, len(data), size)], "test"))[-1]
        assert {one.code: one.count for one in loaded.stream.log.warnings} == {"file-not-utf8": invalid}


def test_read_cast_in_another_encoding_is_converted() -> None:
    """GBK has bytes such as a backslash and a brace as the second half of a character."""
    data = json.dumps(V2).encode() + b'\n[1, "o", "' + "乗文件誠躙".encode("gbk") + b'"]\n[2, "o", "\xc3\xa9 ok"]\n'
    loaded = list(read_stream([data], "test", encoding="gbk"))[-1]
    assert loaded.stream.output.decode() == "乗文件誠躙é ok"
    assert codes(loaded) == {"file-not-utf8"}


@pytest.mark.parametrize("unit", [1e3, 1e6, 1e9])
def test_read_timestamp_in_other_units_is_converted(unit: float) -> None:
    loaded = read(V2 | {"timestamp": EPOCH * unit}, [1, "o", "a"])
    start = loaded.session.fields.start_date
    assert start is not None
    assert round(start.timestamp()) == EPOCH
    assert codes(loaded) == {"odd-header"}


def test_read_size_outside_of_the_limits_is_reported() -> None:
    loaded = read(V2 | {"width": 10**9}, [0, "r", "1000x501"], [2, "o", "a"])
    assert codes(loaded) == {"limited-size", "limited-resize"}
    assert not codes(read(V2, [1, "r", "080x024"], [2, "o", "a"]))
