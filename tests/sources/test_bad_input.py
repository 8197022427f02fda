"""Damaged sources: valid parts are read with warnings, unreadable sources raise an error."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import SessionFields
from replay_tui.sources import LoadedSession, read_all, read_stream
from replay_tui.sources.chunk_reader import ChunkReader


def read(data: bytes | str) -> LoadedSession:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_stream([raw], "test"))[-1]


def codes(loaded: LoadedSession) -> dict[str, int]:
    return {note.code: note.count for note in loaded.stream.log.warnings}


def events(loaded: LoadedSession) -> list[tuple[float, str, bytes]]:
    return [(event.time, event.kind, event.data) for event in loaded.stream.events()]


def stream(text: str, tail: str = '"user":"ana"') -> LoadedSession:
    return read('{"id":"x","event_stream":' + text + "," + tail + "}")


def refusal(data: bytes | str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read(data)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        ('{"id": "x"}'.encode("utf-16"), "UTF-16"),
        (b"<!doctype html><html>", "web page"),
        (b"hello world", "plain text"),
        (b"\x1f\x8b\x08garbage", "damaged"),
        (b"{", "incomplete"),
        (b"[", "incomplete"),
        (b"[" * 100_000, "incomplete"),
        (b"[" * 100_000 + b"]" * 100_000, "not a session"),
        (b'{"a":' * 100_000, "incomplete"),
        (b"{}", "not a session"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_read_invalid_source_raises_with_reason(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_open_source_missing_folder_or_forbidden_raises(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.write_text("{}")
    closed.chmod(0)
    cases = [(tmp_path, "directory"), (tmp_path / "no\x1b[31m", "does not exist"), ("a\0b", "file name")]
    if os.geteuid():
        cases.append((closed, "cannot be read"))
    for path, words in cases:
        with pytest.raises(UnreadableSource, match=words) as caught:
            read_all(str(path))
        assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("value", ["{}", '{"a": [1]}', "7", '"text"', "true"])
def test_read_stream_not_list_warns(value: str) -> None:
    loaded = stream(value)
    assert (loaded.stream_format, loaded.session.fields.user, len(loaded.stream)) == ("not-list", "ana", 0)
    assert codes(loaded) == {"stream-not-list": 1}


@pytest.mark.parametrize("time", ['"1.5"', "null", "NaN", "Infinity", "-Infinity", "true", "1e999", "[1]", "9" * 400])
def test_read_invalid_time_keeps_payload(time: str) -> None:
    loaded = stream(f'[[1,"o","YQ=="],[{time},"o","Yg=="],[2,"o","Yw=="]]')
    assert events(loaded) == [(1.0, "o", b"a"), (1.0, "o", b"b"), (2.0, "o", b"c")]
    assert codes(loaded) == {"broken-time": 1}


def test_read_decreasing_times_are_clamped() -> None:
    loaded = stream('[[-1,"o","YQ=="],[2,"o","Yg=="],[2,"o","Yw=="],[1,"o","ZA=="],[3,"o","ZQ=="]]')
    assert [event[0] for event in events(loaded)] == [0, 2, 2, 2, 3]
    assert codes(loaded) == {"negative-time": 1, "time-jumps-back": 1}


@pytest.mark.parametrize("kind", ['"x"', '""', '"oo"', "5", "null", '"\\ud800"'])
def test_read_unknown_event_type_is_kept(kind: str) -> None:
    loaded = stream(f'[[1,{kind},"YQ=="],[2,"o","Yg=="]]')
    assert events(loaded) == [(1.0, "?", b"a"), (2.0, "o", b"b")]
    assert codes(loaded) == {"unknown-event-type": 1}


@pytest.mark.parametrize("item", ["123", "[123]", "[]", '[1,"o"]', '[1,"o",null]', "{}", '"x y"', "null", '[1,"o",5]'])
def test_read_invalid_events_are_counted(item: str) -> None:
    loaded = stream(f'[[1,"o","YQ=="],{item},[2,"o","Yg=="]]')
    assert [event[2] for event in events(loaded)] == [b"a", b"b"]
    assert codes(loaded) == {"bad-event": 1}
    assert loaded.session.fields.user == "ana"


def test_read_event_with_extra_items_is_accepted() -> None:
    assert events(stream('[[1,"o","YQ==",{"more":[1]},null]]')) == [(1.0, "o", b"a")]


LONG = base64.b64encode(b"the quick brown fox jumps over the lazy dog").decode()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("YWI", b"ab"),
        ("YWJj\\nZGVm", b"abcdef"),
        ("_-_-AAAA", b"\xff\xef\xfe\0\0\0"),
        ("not base64!", b"not base64!"),
        ("!", b"!"),
        (LONG[:20] + "*" + LONG[21:], None),
    ],
)
def test_repair_base64_damaged_text_returns_bytes(text: str, data: bytes | None) -> None:
    loaded = stream(f'[[1,"o","{text}"]]')
    assert codes(loaded) == {"bad-base64": 1}
    got = bytes(loaded.stream.output)
    if data is None:  # one invalid character: all but three bytes around it are decoded
        data = b"the quick brown"
        assert got.endswith(b"x jumps over the lazy dog")
    assert got.startswith(data)


def test_read_invalid_utf8_is_accepted() -> None:
    loaded = read(b'{"id":"x","user":"\xff","event_stream":[[1,"o","/w=="],[2,"\xff","YQ=="]]}')
    assert [event[2] for event in events(loaded)] == [b"\xff", b"a"]


def test_read_strings_with_brackets_are_kept() -> None:
    kinds = json.dumps(['],[1,"o","', "]]", '"]],"', "\\", "[[", "}],{"])
    for kind in json.loads(kinds):
        items = [[1, "o", "YQ=="], [1.5, kind, "Yg=="], [2, "o", "Yw=="]]
        loaded = stream(json.dumps(items))
        assert [event[2] for event in events(loaded)] == [b"a", b"b", b"c"]
        assert codes(loaded) == {"unknown-event-type": 1}
        assert loaded.session.fields.user == "ana"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('[[1,"o","YQ=="], xx ,[2,"o","Yg=="]]', b"ab"),
        ('[[1,"o","YQ=="] [2,"o","Yg=="]]', b"ab"),
        ('[[1,"o","YQ=="]",[2,"o","Yg=="],[3,"o","Yw=="]]', b"abc"),
        ('[[1,"o","YQ=="],][2,"o","Yg=="],[3,"o","Yw=="]]', b"abc"),
        ('[[1,"o","YQ=="],"[2,"o","Yg=="],[3,"o","Yw=="]]', b"abc"),
        ('[[1,"o","YQ=="],,[2,"o","Yg=="],]', b"ab"),
        ('[[1,"o","YQ=="],[2,"o","Yg==",[3,"o","Yw=="]]', b"ac"),
        ('[[1,"o","YQ=="],[2,"o","Yg==],[3,"o","Yw=="],[4,"o","ZA=="]]', b"acd"),
        ('[[1,"o","YQ=="],[2,"o,"Yg=="],[3,"o","Yw=="]]', b"ac"),
        ('[[1,"o","YQ=="],[2,"o","Yg=="]],[3,"o","Yw=="]]', b"abc"),
        ('[[1,"o","YQ=="],[2,"o","Yg=="]', b"ab"),
    ],
)
def test_read_damaged_event_keeps_others(text: str, left: bytes) -> None:
    loaded = stream(text)
    assert bytes(loaded.stream.output) == left
    assert loaded.session.fields.user == "ana"


@pytest.mark.parametrize(
    "head",
    [
        '"user":"ana,"type":"ssh"',
        '"role_name":app-1","connection_tags":{"team":"x","a":"b"},"verb":"exec"',
        '"integ"rations_metadata":{"a":"b"},""metrics":{"c":{"d":1}}',
        '"review":{"id":"r"',
        '"labels":,"x":1',
        '"a" "b"',
        '"a":tru',
        '"a":[1,2',
        '"a":1}',
    ],
)
def test_read_damaged_field_keeps_stream(head: str) -> None:
    loaded = read('{"id":"x",' + head + ',"event_stream":[[1,"o","YQ=="]],"event_size":1}')
    assert bytes(loaded.stream.output) == b"a"
    assert loaded.session.fields.id == "x"
    assert "bad-json" in codes(loaded)


def test_read_long_damaged_stream_keeps_other_events() -> None:
    items = [json.dumps([index / 10, "o", base64.b64encode(b"%06d" % index).decode()]) for index in range(60_000)]
    items[30_000] = '[3000, "o", "MDMwM'
    items[50_000] = "nonsense"
    loaded = stream("[" + ",".join(items) + "]")
    assert len(loaded.stream) == 59_998
    assert loaded.session.fields.user == "ana"
    assert codes(loaded) == {"bad-json": 1, "bad-event": 1}


def test_read_trailing_data_warns() -> None:
    assert codes(stream("[]", '"user":"ana"}garbage {')) == {"trailing-data": 1}


def test_read_deep_nesting_keeps_rest() -> None:
    bomb = "[" * 100_000 + "]" * 100_000
    loaded = read('{"id":"x","metadata":{"a":' + bomb + '},"event_stream":[[1,"o","YQ=="]]}')
    assert (codes(loaded), len(loaded.stream)) == ({"bad-json": 1}, 1)
    loaded = stream(f'[[1,"o","YQ=="],{bomb},[2,"o","Yg=="]]')
    assert bytes(loaded.stream.output) == b"ab"
    loaded = stream("[" * 100_000)
    assert (loaded.session.fields.id, len(loaded.stream)) == ("x", 0)


def test_read_wrong_field_types_warn() -> None:
    loaded = stream("[]", '"user":5,"review":"no","start_date":"yesterday","labels":[1],"exit_code":"many"')
    note = {note.code: note for note in loaded.stream.log.warnings}["odd-field"]
    assert note.count == 5
    assert "user" in note.message
    assert loaded.session.raw["user"] == 5


@pytest.mark.parametrize("value", [None, [], {}, "x", 7, True, -1.5, [[[]]], {"a": {"b": [None]}}])
def test_read_any_field_type_is_accepted(value: Any) -> None:
    for name in SessionFields.model_fields:
        loaded = read(json.dumps({"id": "x", name: value, "event_stream": [[1, "o", "YQ=="]]}))
        assert len(loaded.stream) == 1
    everything = dict.fromkeys([*SessionFields.model_fields, "event_stream"], value)
    assert read(json.dumps(everything)).stream.complete


def test_read_truncated_stream_keeps_fields_and_events() -> None:
    raw = b'{"id":"x","user":"ana","event_stream":[[1,"o","YQ=="],[2,"o","Yg=='
    loaded = read(raw)
    assert events(loaded) == [(1.0, "o", b"a")]
    assert (loaded.session.fields.user, codes(loaded)) == ("ana", {"input-cut": 1})


def test_read_truncated_fields_keep_complete_ones() -> None:
    loaded = read(b'{"id":"x","user":"ana","type":"ssh","script":{"data":"select 1')
    assert (loaded.session.fields.user, codes(loaded)) == ("ana", {"input-cut": 1})


@pytest.mark.parametrize("form", ["utf8", "base64"])
def test_read_truncated_single_string_keeps_start(form: str) -> None:
    text = "line one \u00e9\nline two\n" * 50
    sent = text if form == "utf8" else base64.b64encode(text.encode()).decode()
    raw = json.dumps({"id": "x", "event_stream": [sent]}).encode()
    for cut in range(400, 460):
        loaded = read(raw[:cut])
        assert loaded.stream_format == form
        assert len(loaded.stream.output) > 200
        assert text.encode().startswith(bytes(loaded.stream.output))


def test_read_truncated_or_damaged_gzip_warns() -> None:
    rows = [[index, "o", base64.b64encode(os.urandom(60)).decode()] for index in range(2000)]
    packed = gzip.compress(json.dumps({"id": "x", "event_stream": rows}).encode())
    loaded = read(packed[: len(packed) // 2])
    assert len(loaded.stream) > 500
    assert codes(loaded) == {"input-cut": 1}
    broken = bytearray(packed)
    broken[len(packed) // 2] ^= 0xFF
    loaded = read(bytes(broken))
    assert loaded.stream.complete
    assert len(loaded.stream) > 500
    assert "bad-gzip" in codes(loaded)
    broken = bytearray(packed)
    broken[-5] ^= 0xFF  # the checksum
    assert len(read(bytes(broken)).stream) == 2000


def test_chunk_reader_gzip_bomb_stops_at_limit() -> None:
    feed = ChunkReader([gzip.compress(bytes(5 << 20))], max_decompressed_bytes=2 << 20)
    assert sum(map(len, feed)) == 2 << 20
    assert [code for code, _ in feed.errors] == ["too-large"]


def test_read_stream_os_error_keeps_start() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"id":"x","event_stream":[[1,"o","YQ=="],'
        raise OSError(5, "Input/output error")

    loaded = list(read_stream(chunks(), "test"))[-1]
    assert events(loaded) == [(1.0, "o", b"a")]
    assert codes(loaded) == {"input-cut": 1}
