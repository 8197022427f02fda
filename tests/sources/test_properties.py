"""Properties of reading: independent of chunks, truncation, damage and decoder path."""

from __future__ import annotations

import base64
import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.errors import UnreadableSource
from replay_tui.sources import LoadedSession, json_array, read_stream

TIMES = st.one_of(st.floats(0, 1e6), st.integers(-5, 10**6), st.sampled_from([None, "1", True, 1e300]))
KINDS = st.one_of(st.sampled_from("oie"), st.sampled_from(["x", "]],[", '"],["', None, "\u00e9"]))
PAYLOADS = st.one_of(
    st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()), st.sampled_from(["!", "YQ", None, "]]"])
)
ITEMS = st.one_of(
    st.tuples(TIMES, KINDS, PAYLOADS).map(list), st.sampled_from([[], [1], 5, {}, {"a": [[1, "o", "YQ=="]]}, "],["])
)
STREAMS = st.lists(ITEMS, max_size=12)
CAST = '{"version":2,"width":80,"height":24}\n[0.1,"o","a"]\n# x\n[1,"r","90x30"]\n[2,"m","here"]\n[3,"o","b"]\n'


def read(chunks: list[bytes]) -> LoadedSession:
    return list(read_stream(chunks, "test"))[-1]


def outcome(loaded: LoadedSession) -> dict[str, Any]:
    return {
        "events": [(event.time, event.kind, event.data) for event in loaded.stream.events()],
        "received": loaded.session.raw,
        "notes": {(note.code, note.message, note.count) for note in loaded.stream.log.warnings},
        "rest": (loaded.stream_format, loaded.size, loaded.resizes, loaded.markers, loaded.title),
    }


def try_read(chunks: list[bytes]) -> dict[str, Any] | str:
    try:
        return outcome(read(chunks))
    except UnreadableSource as error:
        return str(error)


def document(stream: list[Any]) -> bytes:
    return json.dumps({"id": "x", "metadata": {"a": "]"}, "event_stream": stream, "user": "ana"}).encode()


def pieces(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    return [raw[a:b] for a, b in itertools.pairwise(places)]


SAMPLES = [
    document([[0.5, "o", "YQ=="], [1, "i", "Yg=="], [None, "x", "!"], 7, [2, "e", "Yw=="]]),
    document(["one utf8 string \u00e9\n"]),
    b'[{"stream":"a","time":"2026-01-01T00:00:00Z","type":"o"},{"stream":"b]},{","time":"x","type":"i"}]',
    CAST.encode(),
    b'{"version":1,"width":80,"height":24,"stdout":[[0.1,"a"],[1,"b"]]}',
]


@given(STREAMS, st.lists(st.integers(0, 10_000), max_size=20))
@settings(max_examples=60, deadline=None)
def test_read_any_chunks_give_equal_results(stream: list[Any], cuts: list[int]) -> None:
    raw = document(stream)
    assert try_read(pieces(raw, cuts)) == try_read([raw])


@pytest.mark.parametrize("raw", SAMPLES, ids=["triples", "utf8", "download", "cast", "cast-v1"])
def test_read_single_bytes_give_equal_results(raw: bytes) -> None:
    assert try_read([raw[index : index + 1] for index in range(len(raw))]) == try_read([raw])


@pytest.mark.parametrize("raw", SAMPLES, ids=["triples", "utf8", "download", "cast", "cast-v1"])
def test_read_truncated_anywhere_raises_only_expected(raw: bytes) -> None:
    whole = read([raw])
    for cut in range(len(raw)):
        try:
            part = read([raw[:cut]])
        except UnreadableSource:
            assert cut < 60
            continue
        if part.stream.timed and whole.stream.timed:
            assert outcome(part)["events"] == outcome(whole)["events"][: len(part.stream)]


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from("oie"), st.binary(max_size=9)), max_size=9), st.data())
@settings(max_examples=60, deadline=None)
def test_read_truncated_keeps_complete_events(items: list[tuple[int, str, bytes]], data: st.DataObject) -> None:
    raw = b'{"id":"x","event_stream":['
    ends = []
    for time, kind, payload in items:
        raw += b"," if ends else b""
        raw += json.dumps([time, kind, base64.b64encode(payload).decode()]).encode()
        ends.append(len(raw))
    cut = data.draw(st.integers(26, len(raw)))
    assert len(read([raw[:cut]]).stream) == sum(end <= cut for end in ends)


def mutated(raw: bytes, source: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(source.randint(1, 4)):
        place = source.randrange(len(changed))
        match source.randrange(4):
            case 0:
                changed[place] = source.randrange(256)
            case 1:
                del changed[place : place + source.randint(1, 5)]
            case 2:
                changed[place:place] = source.choice([b'"', b"[", b"]", b"{", b"}", b",", b"\\", b"\0", b"]]", b"null"])
            case _:
                start = source.randrange(len(changed))
                changed[place:place] = changed[start : start + 20]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(10))
def test_read_damaged_is_independent_of_chunks(seed: int) -> None:
    source = random.Random(seed)
    for _ in range(60):
        raw = mutated(source.choice(SAMPLES), source)
        cuts = [source.randrange(len(raw) + 1) for _ in range(6)]
        assert try_read(pieces(raw, cuts)) == try_read([raw]), raw


@given(STREAMS)
@settings(max_examples=60, deadline=None)
def test_read_fast_and_slow_paths_agree(stream: list[Any]) -> None:
    raw = document(stream)
    fast = try_read([raw])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "_decode_piece", lambda *_: None)
        assert try_read([raw]) == fast


def test_read_long_stream_fast_and_slow_paths_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(5)
    stream = [
        [index / 7, source.choice("oie"), base64.b64encode(source.randbytes(20)).decode()] for index in range(9000)
    ]
    raw = document(stream)
    fast = outcome(read([raw]))
    assert len(fast["events"]) == 9000
    monkeypatch.setattr(json_array, "_decode_piece", lambda *_: None)
    assert outcome(read([raw])) == fast
