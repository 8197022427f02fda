"""Merge of stored and live events: each event once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.gateway.live_stream import LiveEvent
from replay_tui.gateway.stream_merge import StreamMerger, merge_streams

Event = tuple[float, str, bytes]


def stream_of(events: list[Event]) -> EventStream:
    stream = EventStream()
    stream.extend(events)
    return stream


def payloads(stream: EventStream) -> list[bytes]:
    return [event.data for event in stream.events()]


# Bursts at one time, pauses, and distinct payloads.
events = st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.03, 1.0]), max_size=40).map(
    lambda gaps: [(sum(gaps[: index + 1]), "oie"[index % 3], b"%d" % index) for index in range(len(gaps))]
)


@given(events, st.data())
def test_merge_streams_restores_the_original_order(truth: list[Event], data: st.DataObject) -> None:
    point = st.integers(0, len(truth))
    first, again = sorted((data.draw(point), data.draw(point)))
    subscribed, until = sorted((data.draw(point), data.draw(point)))
    subscribed = max(subscribed, first)
    stream = stream_of(truth[:first])
    for event in truth[subscribed:until]:
        stream.append(*event)
    merged = merge_streams(stream, first, stream_of(truth[:again]))
    known = [event for at, event in enumerate(truth) if at < max(first, again) or subscribed <= at < until]
    result = merged.replaced or stream
    assert payloads(result) == [event[2] for event in known]
    if merged.replaced is None:
        assert merged.stored <= len(stream)
    else:
        assert payloads(stream) == [event[2] for event in truth[:first] + truth[subscribed:until]]


@given(events, st.data(), st.floats(-0.004, 0.004))
def test_merger_drops_live_events_that_were_fetched(truth: list[Event], data: st.DataObject, skew: float) -> None:
    subscribed, stored = sorted((data.draw(st.integers(0, len(truth))), data.draw(st.integers(0, len(truth)))))
    stream = stream_of(truth[:stored])
    overlap = StreamMerger(stream)
    for time, kind, payload in truth[subscribed:]:
        event = LiveEvent(time + skew, kind, payload)
        if not overlap.has(event):
            stream.append(event.time, event.kind, event.data)
    assert payloads(stream) == [event[2] for event in truth]


def test_merger_keeps_a_repeated_key() -> None:
    stream = stream_of([(1.0, "i", b"x"), (1.03, "i", b"x")])
    overlap = StreamMerger(stream)
    live = [LiveEvent(time, "i", b"x") for time in (1.03, 1.06, 1.09)]
    assert [overlap.has(event) for event in live] == [True, False, False]
