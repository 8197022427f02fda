"""Event stream: bulk and single appends, indexes, buffers and limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.event_stream import MAX_TIME_SECONDS, EventStream, Triple
from tests.support.fixtures import stream_of

TIMES = st.none() | st.floats(-10, 100) | st.floats(0, 5) | st.sampled_from([math.nan, math.inf, -math.inf, 1e300])
KINDS = st.sampled_from(["o", "i", "e", "r", "m", "?", "x", "", "oo", "é"])
TRIPLES = st.lists(st.tuples(TIMES, KINDS, st.binary(max_size=5)), max_size=20)
PLAIN = st.lists(
    st.tuples(st.floats(0, 100), st.sampled_from("oie"), st.binary(max_size=5)), max_size=20
).map(lambda triples: sorted(triples, key=lambda one: one[0]))  # fmt: skip


def everything(stream: EventStream) -> object:
    return (
        list(stream.times), bytes(stream.kinds), bytes(stream.output), bytes(stream.other),
        [(event.time, event.kind, event.data) for event in stream.events()], stream.log.warnings, len(stream),
        [stream.output_length_after(count) for count in range(len(stream) + 1)],
        [stream.other_length_after(count) for count in range(len(stream) + 1)],
    )  # fmt: skip


@given(TRIPLES | PLAIN, TRIPLES | PLAIN)
def test_extend_any_events_equals_append(one: list[Triple], two: list[Triple]) -> None:
    bulk, single = EventStream(), EventStream()
    bulk.extend(one)
    bulk.extend(two)
    for triple in [*one, *two]:
        single.append(*triple)
    assert everything(bulk) == everything(single)


@given(TRIPLES)
def test_append_any_events_keeps_payloads_and_order(triples: list[Triple]) -> None:
    stream = EventStream()
    stream.extend(triples)
    assert [event.data for event in stream.events()] == [data for _, _, data in triples]
    assert list(stream.times) == sorted(stream.times)
    assert all(math.isfinite(time) and time < MAX_TIME_SECONDS for time in stream.times)
    assert stream.duration == (stream.times[-1] if triples else 0.0)
    assert len(stream.output) + len(stream.other) == sum(len(data) for _, _, data in triples)
    assert [stream.size(index) for index in range(len(stream))] == [len(data) for _, _, data in triples]


@given(TRIPLES)
def test_event_at_output_returns_writing_event(triples: list[Triple]) -> None:
    stream = EventStream()
    stream.extend(triples)
    for event in stream.events(kinds="oe"):
        start = stream.output_length_after(event.index)
        for offset in range(start, stream.output_length_after(event.index + 1)):
            assert stream.event_at_output(offset) == event.index
            assert stream.time_of_output(offset) == event.time


def test_event_count_at_includes_events_of_same_time() -> None:
    stream = stream_of((1.0, "o", b"a"), (1.0, "i", b"b"), (1.0, "o", b"c"), (2.0, "o", b"d"))
    assert [stream.event_count_at(time) for time in (0.0, 0.999, 1.0, 1.5, 2.0, 9.0)] == [0, 0, 3, 3, 4, 4]


def test_append_invalid_time_takes_previous_time() -> None:
    stream = stream_of(
        (1.0, "o", b"a"),
        (None, "o", b"b"),
        (math.nan, "o", b"c"),
        (-3.0, "o", b"d"),
        (0.5, "o", b"e"),
        (2.0, "o", b"f"),
    )
    assert list(stream.times) == [1.0, 1.0, 1.0, 1.0, 1.0, 2.0]
    assert {note.code: note.count for note in stream.log.warnings} == {
        "broken-time": 2,
        "negative-time": 1,
        "time-jumps-back": 1,
    }


def test_append_unknown_type_goes_to_other_buffer() -> None:
    stream = stream_of((0.0, "q", b"a"), (0.0, "oops", b"b"), (0.0, "o", b"c"))
    assert (stream.kind(0), stream.kind(1), stream.data(1)) == ("?", "?", b"b")
    assert (bytes(stream.output), bytes(stream.other)) == (b"c", b"ab")
    assert [note.count for note in stream.log.warnings] == [2]


@given(PLAIN, st.sampled_from(["o", "e", "oe", "i", "oie", ""]), st.sampled_from([2, 65536]))
def test_excluding_kinds_keeps_event_indexes(triples: list[Triple], kinds: str, piece: int) -> None:
    stream = EventStream()
    stream.extend(triples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("replay_tui.domain.event_stream._COPY_BATCH_EVENTS", piece)
        kept = stream.excluding(kinds)
    assert (list(kept.times), bytes(kept.kinds), len(kept)) == (list(stream.times), bytes(stream.kinds), len(stream))
    assert kept.log is stream.log
    for before, after in zip(stream.events(), kept.events(), strict=True):
        assert after.data == (b"" if before.kind in kinds else before.data)


def test_events_range_and_kinds_are_filtered() -> None:
    stream = stream_of((0.0, "o", b"a"), (1.0, "i", b"b"), (2.0, "e", b"c"), (3.0, "o", b"d"))
    assert [event.data for event in stream.events(kinds="oe")] == [b"a", b"c", b"d"]
    assert [event.index for event in stream.events(1, 99, "io")] == [1, 3]


def test_event_stream_empty_has_no_duration() -> None:
    stream = EventStream()
    stream.extend([])
    assert (len(stream), stream.duration, stream.event_count_at(5), stream.output_length_after(0)) == (0, 0.0, 0, 0)
    assert (stream.time_of_output(3), stream.event_at_output(0), list(stream.events())) == (0.0, 0, [])


@pytest.mark.parametrize("kind", ["o", "i"])
@pytest.mark.parametrize("bulk", [True, False])
def test_append_beyond_buffer_limit_raises(kind: str, bulk: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay_tui.domain.event_stream.MAX_BUFFER_BYTES", 10)
    stream = stream_of((0.0, kind, b"12345678"))
    before = everything(stream)
    with pytest.raises(UnreadableSource):
        stream.extend([(1.0, kind, b"123")]) if bulk else stream.append(1.0, kind, b"123")
    assert everything(stream) == before
