"""Round trip of exports: equal screens at every event, equal events as far as the format supports them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from tests.export.casts import cast, exported, looks, recording, streams, text_of
from tests.support.effort import cases, sampled
from tests.support.fixtures import FIXTURES, PROGRAMS

SESSIONS = sorted((FIXTURES / "sessions").glob("*.json")) + [
    FIXTURES / "programs" / f"{name}.json.gz" for name in PROGRAMS
]
CASTS = ["asciicast", "asciicast-v2"]


def lane(stream: EventStream, kinds: str) -> str:
    return b"".join(event.data for event in stream.events(kinds=kinds)).decode("utf-8", "replace").rstrip("\ufffd")


@pytest.mark.slow
@pytest.mark.parametrize("form", [*CASTS, "json"])
@sampled("path", SESSIONS, daily=10, ids=lambda path: path.name.partition(".")[0])
def test_export_recorded_sessions_round_trip(path: Path, form: str, tmp_path: Path):
    made = load(path)
    again = exported(made, form, tmp_path)
    times = sorted(set(made.stream.times))
    for time in times[:: max(1, len(times) // 30)] + times[-1:]:
        assert looks(again.screen(time)) == looks(made.screen(time)), time


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.name.partition(".")[0])
def test_json_round_trip_has_every_event(path: Path, tmp_path: Path):
    made = load(path)
    again = exported(made, "json", tmp_path)
    assert again.session.raw == made.session.raw
    assert again.kind is made.kind
    assert bytes(again.stream.kinds) == bytes(made.stream.kinds)
    assert again.stream.times == made.stream.times
    if not made.redactor:
        assert again.stream.output == made.stream.output
        assert again.stream.other == made.stream.other


@settings(max_examples=cases(40), deadline=None)
@given(stream=streams(), form=st.sampled_from(CASTS))
def test_cast_any_stream_round_trips(stream: EventStream, form: str):
    made = recording(stream)
    with tempfile.TemporaryDirectory() as folder:
        again = exported(made, form, Path(folder))
    for time in set(stream.times):
        assert looks(again.screen(time)) == looks(made.screen(time)), time
    assert lane(again.stream, "o") == lane(stream, "oe")
    if not made.redactor:
        assert lane(again.stream, "i") == lane(stream, "i")
    kept = again.stream.kinds.replace(b"m", b"")
    assert kept.decode() == stream.kinds.decode().replace("e", "o")


@settings(max_examples=cases(40), deadline=None)
@given(stream=streams(), part=st.floats(0, 1), form=st.sampled_from([*CASTS, "json"]))
def test_export_range_starts_with_same_screen(stream: EventStream, part: float, form: str):
    made = recording(stream)
    times = sorted(set(stream.times))
    start = times[min(len(times) - 1, int(part * len(times)))]
    with tempfile.TemporaryDirectory() as folder:
        again = exported(made, form, Path(folder), start=start)
    shift = 0.0 if form == "json" or start <= 0 else start
    for time in times:
        if time >= start:  # times in a cast are rounded to microseconds
            shown = again.screen(time - shift + (0 if form == "json" else 1e-9))
            assert looks(shown) == looks(made.screen(time)), (start, time)


@settings(max_examples=cases(30), deadline=None)
@given(data=st.lists(st.binary(max_size=12), max_size=12))
def test_cast_any_bytes_are_written(data: list[bytes]):
    stream = EventStream()
    for at, piece in enumerate(data):
        stream.append(at / 7, "oie"[at % 3], piece)
    with tempfile.TemporaryDirectory() as folder:
        for form in CASTS:
            events = cast(recording(stream), Path(folder), form)[1]
            times = [event[0] for event in events]
            assert all(time >= 0 for time in times)
            assert form == "asciicast" or times == sorted(times)
        rows = [json.loads(line) for line in text_of(recording(stream), "jsonl", Path(folder)).splitlines()]
    assert len(rows) == len(stream)


def test_cast_split_characters_stay_whole(tmp_path: Path):
    stream = EventStream()
    for at, byte in enumerate("é漢👍".encode()):
        stream.append(at / 10, "oe"[at % 2], bytes((byte,)))
    stream.append(2.0, "o", b"\xff!\xe6\xbc")
    events = cast(recording(stream), tmp_path)[1]
    assert [event[2] for event in events] == ["", "é", "", "", "漢", "", "", "", "👍", "\ufffd!"]


def test_cast_has_resizes_and_exit_status(tmp_path: Path):
    source = tmp_path / "in.cast"
    lines = [
        {"version": 3, "term": {"cols": 40, "rows": 10}, "title": "t", "command": "sh"},
        [0.1, "o", "one\r\n"], [0.1, "r", "60x12"], [0.1, "o", "two\r\n"], [0.1, "m", "mine"], [1, "r", "30x5"],
        [0, "x", "3"],
    ]  # fmt: skip
    source.write_text("\n".join(map(json.dumps, lines)))
    made = load(source)
    header, events = cast(made, tmp_path)
    assert header["term"] == {"cols": 40, "rows": 10}
    assert header["command"] == "sh"
    assert [event[1] for event in events] == ["o", "r", "o", "m", "r", "x"]
    assert [event[2] for event in events if event[1] in "rmx"] == ["60x12", "mine", "30x5", "3"]
    assert "x" not in {event[1] for event in cast(made, tmp_path, "asciicast-v2")[1]}
    part, events = cast(made, tmp_path, start=0.25)
    assert part["term"] == {"cols": 40, "rows": 10}  # a resize is applied with the next output
    assert [event[1] for event in events][:3] == ["o", "r", "o"]
    for form in (*CASTS, "json"):
        again = exported(made, form, tmp_path)
        assert looks(again.screen(0.31)) == looks(made.screen(0.31))
