"""Every stream format is read and identified."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.sources import LoadedSession, open_source, read_all, read_stream

FIXTURES = Path(__file__).parents[2] / "fixtures"
SESSIONS = FIXTURES / "sessions"


DATES = {"verb": "exec", "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-01T00:01:00Z"}


def read(data: bytes | str, **options: Any) -> LoadedSession:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_stream([raw], "test", len(raw), **options))[-1]


def codes(loaded: LoadedSession) -> dict[str, int]:
    return {note.code: note.count for note in loaded.stream.log.warnings}


def session(stream: Any, **fields: Any) -> bytes:
    return json.dumps({"id": "x", "status": "done", "event_stream": stream, **DATES, **fields}).encode()


def events(loaded: LoadedSession) -> list[tuple[float, str, bytes]]:
    return [(event.time, event.kind, event.data) for event in loaded.stream.events()]


@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.json")), ids=lambda path: path.name)
def test_read_recorded_session_equals_sent_events(path: Path) -> None:
    sent = json.loads(path.read_text())
    loaded = read_all(str(path))
    stream = sent.pop("event_stream", [])
    assert loaded.session.raw == sent
    assert not loaded.session.invalid_fields
    assert loaded.stream.complete
    assert loaded.bytes_read == loaded.bytes_total == path.stat().st_size
    if stream and isinstance(stream[0], list):
        assert events(loaded) == [(time, kind, base64.b64decode(text)) for time, kind, text in stream]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("shell-vim", "triples"),
        ("shell-vim.utf8", "undecodable"),
        ("pg-psql", "triples"),
        ("pg-psql.raw-queries", "raw-queries"),
        ("exec-postgres-tsv.raw-queries", "triples"),
        ("no-stream", "absent"),
    ],
)
def test_read_recorded_session_has_stream_format(name: str, form: str) -> None:
    loaded = read_all(str(SESSIONS / f"{name}.json"))
    assert loaded.stream_format == form
    assert ("stream-undecodable" in codes(loaded)) == (form == "undecodable")


def test_read_valid_recording_has_no_warnings() -> None:
    assert not codes(read_all(str(SESSIONS / "shell-vim.json")))
    assert codes(read_all(str(SESSIONS / "open-shell.json"))) == {"still-open": 1}


def test_read_null_or_empty_stream_has_no_events() -> None:
    assert read(session(None)).stream_format == "none"
    assert (read(session([])).stream_format, len(read(session([])).stream)) == ("triples", 0)


def test_read_utf8_string_is_one_untimed_event() -> None:
    text = "id\tname\n1\tAna \u00e9 \U0001f600\n"
    loaded = read(session([text], event_size=len(text)))
    assert (loaded.stream_format, events(loaded)) == ("utf8", [(0.0, "o", text.encode())])
    assert not loaded.stream.timed
    assert codes(loaded) == {"no-times": 1}


@pytest.mark.parametrize("stored", [None, 22, 100_000])
def test_read_base64_string_is_decoded(stored: int | None) -> None:
    text = base64.b64encode(b"id\tname\n1\tAna Auditada").decode()
    loaded = read(session([text], event_size=len(text), metrics={"event_size": stored}))
    assert (loaded.stream_format, events(loaded)) == ("base64", [(0.0, "o", b"id\tname\n1\tAna Auditada")])


def test_read_binary_base64_is_detected_by_stored_size() -> None:
    data = bytes(range(256))
    loaded = read(session([base64.b64encode(data).decode()], metrics={"event_size": 256}))
    assert (loaded.stream_format, events(loaded)) == ("base64", [(0.0, "o", data)])


@pytest.mark.parametrize("word", ["done", "abcd1234", "root", "OK", "d41d8cd98f00b204e9800998ecf8427e"])
def test_read_short_word_is_not_base64(word: str) -> None:
    assert read(session([word])).stream_format == "utf8"
    assert events(read(session([word], metrics={"event_size": len(word)}))) == [(0.0, "o", word.encode())]


@pytest.mark.parametrize("stream", [[123], [[123]], [[123], [1, "o", "YQ=="]]])
def test_read_published_example_has_events(stream: list[Any]) -> None:
    loaded = read(session(stream))
    assert codes(loaded) == {"bad-event": 1}
    assert len(loaded.stream) == len(stream) - 1


def test_read_times_in_milliseconds_are_scaled() -> None:
    data = session([[1500, "o", "YQ=="], [2500, "i", "Yg=="]])
    assert read(data, times="ms").stream.duration == 2.5
    assert read(data).stream.duration == 2500


@pytest.mark.parametrize(
    ("times", "last", "noted"), [("s", 60_000, True), ("ms", 60_000, False), ("s", 60, False), ("ms", 60, True)]
)
def test_read_wrong_time_unit_warns(times: str, last: float, noted: bool) -> None:
    loaded = read(session([[0, "o", "YQ=="], [last, "o", "YQ=="]]), times=times)
    assert ("time-scale" in codes(loaded)) == noted


def test_read_download_has_events_and_start_date() -> None:
    path = FIXTURES / "sources" / "download.json"
    loaded, sent = read_all(str(path)), json.loads(path.read_text())
    assert loaded.stream_format == "download"
    assert codes(loaded) == {"whole-seconds": 1}
    assert len(loaded.stream) == len(sent)
    assert b"".join(event[2] for event in events(loaded)).decode() == "".join(row["stream"] for row in sent)
    assert loaded.session.fields.start_date.isoformat() == "2026-11-20T09:30:00+00:00"
    assert loaded.stream.duration == 12.0


def test_read_download_invalid_rows_are_counted() -> None:
    rows = [
        {"time": "2026-01-01T00:00:00.5Z", "type": "o", "stream": 'a },{"time" ]} é'},
        {"time": "nonsense", "type": "o", "stream": "b"},
        {"time": "2026-01-01T00:00:02Z", "type": 7, "stream": "c"},
        {"time": "2026-01-01T00:00:02Z", "type": "o"},
        {"time": "2026-01-01T02:00:03+02:00", "type": "o", "stream": "d"},
    ]
    loaded = read(json.dumps(rows, ensure_ascii=False))
    assert [event[0] for event in events(loaded)] == [0, 0, 1.5, 2.5]
    assert codes(loaded) == {"broken-time": 1, "unknown-event-type": 1, "bad-event": 1}


V2_HEADER = {
    "version": 2,
    "width": 100,
    "height": 30,
    "timestamp": 1767225600,
    "title": "T",
    "env": {"SHELL": "/bin/sh"},
}


def test_read_asciicast_v1_has_events() -> None:
    cast = {"version": 1, "width": 90, "height": 20, "stdout": [[0.5, "a"], [1, "b"], ["x", "c"], 7], "command": "sh"}
    loaded = read(json.dumps(cast, indent=1))
    assert (loaded.stream_format, loaded.size) == ("asciicast-v1", TerminalSize(90, 20, SizeSource.RECORDED))
    assert events(loaded) == [(0.5, "o", b"a"), (1.5, "o", b"b"), (1.5, "o", b"c")]
    assert codes(loaded) == {"bad-event": 1, "broken-time": 1}
    assert loaded.session.fields.metadata == {"command": "sh"}


def test_read_asciicast_v2_has_events() -> None:
    lines = ['[0.5, "o", "a"]', '[1.0, "i", "k"]', '[1.2, "r", "120x40"]', '[1.3, "m", "here"]', '[2, "o", "b"]']
    loaded = read("\n".join([json.dumps(V2_HEADER), *lines, ""]))
    assert (loaded.stream_format, loaded.title) == ("asciicast-v2", "T")
    assert loaded.size == TerminalSize(100, 30, SizeSource.RECORDED)
    assert [event[:2] for event in events(loaded)] == [(0.5, "o"), (1.0, "i"), (1.2, "r"), (1.3, "m"), (2.0, "o")]
    assert (loaded.resizes, loaded.markers) == ([(1, 120, 40)], [(1.3, "here")])
    assert loaded.session.fields.start_date.isoformat() == "2026-01-01T00:00:00+00:00"
    assert loaded.session.fields.metadata == {"title": "T", "env": {"SHELL": "/bin/sh"}}
    assert not codes(loaded)


def test_read_asciicast_v3_has_events() -> None:
    header = {"version": 3, "term": {"cols": 70, "rows": 15, "type": "xterm"}}
    lines = ["# a comment", '[0.5, "o", "a"]', '[0.5, "o", "b"]', '[0.1, "x", "3"]']
    loaded = read("\n".join([json.dumps(header), *lines]))
    assert (loaded.stream_format, loaded.size) == ("asciicast-v3", TerminalSize(70, 15, SizeSource.RECORDED))
    assert events(loaded) == [(0.5, "o", b"a"), (1.0, "o", b"b"), (1.1, "x", b"3")]
    assert loaded.session.fields.exit_code == 3


def test_read_asciicast_invalid_lines_are_skipped() -> None:
    lines = ['[0.5, "o", "a"]', '[1.0, "o"', "nonsense", '{"a": 1}', '[2, "o", 5]', '["3", "o", "b"]', '[4, "r", "x"]']
    loaded = read("\n".join([json.dumps(V2_HEADER), *lines, '[5, "o", "c"]\n']))
    assert codes(loaded) == {"bad-event": 4, "broken-time": 1, "bad-resize": 1}
    assert bytes(loaded.stream.output) == b"abc"


def test_read_asciicast_truncated_line_warns() -> None:
    loaded = read(json.dumps(V2_HEADER) + '\n[0.5, "o", "a"]\n[1.0, "o", "b')
    assert events(loaded) == [(0.5, "o", b"a")]
    assert codes(loaded) == {"input-cut": 1}


@pytest.mark.parametrize("members", [1, 3])
def test_read_gzip_equals_plain(members: int, tmp_path: Path) -> None:
    plain = (SESSIONS / "shell-vim.json").read_bytes()
    cuts = [len(plain) * part // members for part in range(members + 1)]
    packed = b"".join(gzip.compress(plain[a:b]) for a, b in itertools.pairwise(cuts))
    path = tmp_path / "no-telling-name"
    path.write_bytes(packed)
    loaded = read_all(str(path))
    assert events(loaded) == events(read(plain))
    assert loaded.bytes_read == loaded.bytes_total == len(packed)
    assert not codes(loaded)


def test_read_gzipped_cast_and_download_equal_plain() -> None:
    assert read(gzip.compress(json.dumps(V2_HEADER).encode() + b'\n[0, "o", "a"]\n')).stream_format == "asciicast-v2"
    assert read(gzip.compress((FIXTURES / "sources" / "download.json").read_bytes())).stream_format == "download"


def test_open_source_reads_standard_input() -> None:
    plain = (SESSIONS / "shell-vim.json").read_bytes()
    loaded = read_all("-", stdin=io.BytesIO(plain))
    assert events(loaded) == events(read(plain))
    assert (loaded.name, loaded.bytes_total) == ("standard input", None)


def test_read_byte_order_mark_is_skipped() -> None:
    assert len(read(b"\xef\xbb\xbf \n" + session([[0, "o", "YQ=="]])).stream) == 1


def test_open_source_yields_metadata_before_stream_end() -> None:
    many = [[index / 100, "o", base64.b64encode(b"x" * 300).decode()] for index in range(20_000)]
    raw = json.dumps({"id": "x", "user": "ana", "event_stream": many, "event_size": 6, "status": "done"}).encode()

    def chunks() -> Any:
        for start in range(0, len(raw), 4096):
            taken.append(start)
            yield raw[start : start + 4096]

    taken: list[int] = []
    reading = read_stream(chunks(), "test")
    first = next(reading)
    assert (first.session.fields.user, first.session.fields.event_size) == ("ana", None)
    assert len(first.stream) > 0
    assert not first.stream.complete
    assert taken[-1] < 200_000
    last = list(reading)[-1]
    assert last is first
    assert (last.session.fields.event_size, last.session.fields.status, len(last.stream)) == (6, "done", 20_000)
    assert not codes(last).keys() - {"no-end"}


def test_read_nested_stream_key_is_ignored() -> None:
    raw = json.dumps(
        {
            "metadata": {"event_stream": [[9, "o", "eA=="]]},
            "script": {"data": ',"event_stream":[[9,"o","eA=="]] ' * 1000},
            "user": "event_stream",
            "event_stream": [[1, "o", "YQ=="]],
            "labels": {"event_stream": "no"},
        }
    )
    loaded = read(raw)
    assert events(loaded) == [(1.0, "o", b"a")]
    assert loaded.session.raw["labels"] == {"event_stream": "no"}
    assert not codes(loaded)


def test_read_indented_json_equals_compact() -> None:
    sent = json.loads((SESSIONS / "shell-vim.json").read_text())
    for indent in (0, 2, "\t"):
        loaded = read(json.dumps(sent, indent=indent))
        assert events(loaded) == events(read(json.dumps(sent)))
        assert loaded.session.raw == {key: value for key, value in sent.items() if key != "event_stream"}


def test_read_duplicate_key_uses_last() -> None:
    loaded = read('{"user":"a","event_stream":[[1,"o","YQ=="]],"user":"b","event_stream":[[2,"o","Yg=="]]}')
    assert (loaded.session.fields.user, events(loaded)) == ("b", [(2.0, "o", b"b")])


def test_read_truncated_metric_warns() -> None:
    loaded = read(session([], metrics={"truncated": True}, end_date="2026-01-01T00:00:00Z"))
    assert codes(loaded) == {"truncated": 1}
    assert codes(read(session([], end_date=None))) == {"no-end": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"data": [], "total": 0}', "list of sessions"),
        ('{"data": [{"id": "x"}], "total": null, "has_next_page": false}', "list of sessions"),
        ('[{"id": "x", "connection": "c"}]', "list of sessions"),
        ('{"message": "access denied \\u001b[31m"}', "access denied \u241b[31m"),
        ('{"download_url": "http://x", "expire_at": "y"}', "download link"),
        ('{"hello": 1}', "JSON but not a session"),
        ("[1, 2]", "a JSON list"),
    ],
)
def test_read_other_json_error_names_content(content: str, words: str) -> None:
    with pytest.raises(UnreadableSource) as caught:
        list(open_source("-", stdin=io.BytesIO(content.encode())))
    assert words in str(caught.value)
