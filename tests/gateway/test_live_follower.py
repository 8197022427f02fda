"""Follower of a running session: overlaps, gaps, reconnects, and the end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import Unauthorized
from replay_tui.gateway.live_follower import (
    EventsAppended,
    LiveFollower,
    LiveState,
    LiveStateChanged,
    Message,
    SessionEnded,
    StreamReplaced,
)
from replay_tui.gateway.session_download import read_whole
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.support.gateway.live import store_event


class Following:
    """Follower in its thread, with its messages."""

    def __init__(self, client: GatewayClient, session_id: str, *, empty: bool = False, encoding: str = "utf-8") -> None:
        self.messages: queue.Queue[Any] = queue.Queue()
        session, stream = client.read.session(session_id), EventStream()
        if not empty:
            loaded = read_whole(client, session_id, cancel(), encoding)
            assert loaded is not None
            stream = loaded.stream
        self.follower = LiveFollower(client, session, stream, self.messages.put, encoding=encoding, jitter=lambda: 1.0)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.follower.run()
        except Exception as failure:
            self.messages.put(failure)

    def until(self, wanted: Callable[[Message], bool]) -> list[Message]:
        """Return the messages up to the expected one."""
        seen: list[Message] = []
        while not seen or not wanted(seen[-1]):
            seen.append(self.messages.get(timeout=120))
        return seen

    def until_state(self, state: LiveState) -> list[Message]:
        return self.until(lambda message: isinstance(message, LiveStateChanged) and message.state is state)

    def until_length(self, length: int) -> None:
        while len(self.follower.stream) < length:
            self.messages.get(timeout=120)

    @property
    def payloads(self) -> list[bytes]:
        return [event.data for event in self.follower.stream.events(40)]


def cancel():
    from replay_tui.gateway.cancel_token import CancelToken

    return CancelToken()


@pytest.fixture
def opened(gateway: LoopbackGateway) -> str:
    return gateway.store.names["open-shell"]


@pytest.fixture
def follow(client: GatewayClient, opened: str) -> Iterator[Callable[..., Following]]:
    made: list[Following] = []

    def start(**options: Any) -> Following:
        made.append(Following(client, opened, **options))
        return made[-1]

    yield start
    for following in made:
        following.follower.stop()
        following.thread.join(5)
        assert not following.thread.is_alive()


def send(gateway: LoopbackGateway, *events: tuple[float, bytes], stored: bool = True) -> None:
    for seconds, data in events:
        gateway.live.send(gateway.session("open-shell"), seconds, "o", data, stored=stored)


def test_follower_appends_live_events(gateway: LoopbackGateway, follow) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    assert len(following.follower.stream) == 40
    send(gateway, (100.5, b"one"), (101.25, b"two"))
    following.until_length(42)
    assert following.payloads == [b"one", b"two"]
    assert list(following.follower.stream.times[40:]) == pytest.approx([100.5, 101.25])


def test_follower_converts_live_events_to_utf8(gateway: LoopbackGateway, follow) -> None:
    """A character that is split between two live events, and the same events when they are fetched later."""
    data = "文件\r\n".encode("gbk")
    following = follow(encoding="gbk")
    following.until_state(LiveState.LIVE)
    send(gateway, (100.5, data[:3]), (101.25, data[3:]))
    following.until_length(42)
    assert b"".join(following.payloads).decode() == "文件\r\n"
    again = follow(encoding="gbk")
    again.until_state(LiveState.LIVE)
    assert again.payloads == following.payloads


def test_follower_of_an_empty_stream_fetches_it(follow) -> None:
    following = follow(empty=True)
    first, second = following.until_state(LiveState.LIVE)
    assert first == EventsAppended(40)
    assert isinstance(second, LiveStateChanged)


def test_follower_adds_events_during_a_fetch_once(gateway: LoopbackGateway, opened: str, follow) -> None:
    gateway.fault(
        f"/sessions/{opened}", None, None, Fault(cut_at=300)
    )  # the fetch after subscribing takes two attempts
    following = follow()
    gateway.live.wait_subscribed(opened)
    send(gateway, (100.0, b"a"), (100.0, b"a"), (100.01, b"a"), (100.02, b"b"))
    following.until_state(LiveState.LIVE)
    send(gateway, (101.0, b"end"))
    following.until(lambda _: following.payloads[-1:] == [b"end"])
    assert following.payloads == [b"a", b"a", b"a", b"b", b"end"]


def test_follower_reconnects_and_fills_the_gap(gateway: LoopbackGateway, opened: str, follow, clock) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    send(gateway, (100.0, b"before"))
    following.until_length(41)
    gateway.fault(f"/sessions/{opened}/stream", Fault(status=502), Fault(status=503))
    store_event(gateway.session("open-shell"), 100.5, "o", b"missed")
    gateway.live.drop(opened)
    states = [message for message in following.until_state(LiveState.LIVE) if isinstance(message, LiveStateChanged)]
    assert [state.state for state in states] == ["reconnecting"] * 3 + ["live"]
    assert [state.wait for state in states[:3]] == [0.5, 1.0, 2.0]
    assert clock.waits[-3:] == [0.5, 1.0, 2.0]
    send(gateway, (101.0, b"after"))
    following.until_length(43)
    assert following.payloads == [b"before", b"missed", b"after"]


def test_follower_at_the_end_reads_the_final_record(gateway: LoopbackGateway, opened: str, follow) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    send(gateway, (100.0, b"one"))
    session = gateway.session("open-shell")
    store_event(session, 100.5, "o", b"last words")
    session["end_date"] = "2026-11-23T08:02:00Z"
    gateway.live.end(session)
    *_, ended = following.until(lambda message: isinstance(message, SessionEnded))
    assert ended.session.fields.status == "done"
    assert ended.session.wall_clock_seconds == 120
    assert following.payloads == [b"one", b"last words"]
    assert following.follower.stream.complete
    following.thread.join(5)
    assert not following.thread.is_alive()


def test_follower_of_an_ended_session_ends(client: GatewayClient, gateway: LoopbackGateway) -> None:
    following = Following(client, gateway.store.names["shell-vim"])
    following.until(lambda message: isinstance(message, SessionEnded))
    assert len(following.follower.stream) == 384


def test_follower_finds_events_before_the_subscription(gateway: LoopbackGateway, opened: str, follow, clock) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    before = following.follower.stream
    send(gateway, (100.0, b"live"), stored=False)
    following.until_length(41)
    session = gateway.session("open-shell")
    store_event(session, 99.0, "o", b"hole")  # stored only after the subscription
    store_event(session, 100.0, "o", b"live")
    clock.time += 60
    send(gateway, (161.0, b"next"))
    *_, replaced = following.until(lambda message: isinstance(message, StreamReplaced))
    following.until_length(43)
    assert following.payloads == [b"hole", b"live", b"next"]
    assert replaced.stream is following.follower.stream
    assert before is not replaced.stream
    assert [event.data for event in before.events(40)] == [b"live"]


def test_follower_ignores_keepalives_and_unknown_messages(gateway: LoopbackGateway, opened: str, follow) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    for raw in (
        b": keepalive\n\n",
        b"event: event\ndata: {\n\n",
        b"event: event\ndata: 5\n\n",
        b'event: event\ndata: {"time": 5, "payload": "!"}\n\n',
        b"event: unheard\ndata: x\n\n",
        b"\xff\xfe\n\n",
        b'event: event\ndata: {"time": "soon", "type": "zz", "payload": "b2Rk"}\n\n',
    ):
        gateway.live.raw(opened, raw)
    send(gateway, (100.0, b"fine"))
    following.until_length(42)
    assert following.payloads == [b"odd", b"fine"]


def test_follower_rejects_a_message_above_the_limit(
    gateway: LoopbackGateway, opened: str, follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.gateway.live_stream.MAX_MESSAGE_BYTES", 1000)
    following = follow()
    following.until_state(LiveState.LIVE)
    gateway.live.raw(opened, b"data: " + b"x" * 5000)
    *_, failure = following.until(lambda message: isinstance(message, Exception))
    assert "above 0 MiB" in str(failure)


def test_follower_raises_errors_that_are_not_transient(gateway: LoopbackGateway, opened: str, follow) -> None:
    gateway.fault(f"/sessions/{opened}/stream", Fault(status=401, message=f"bad {ADMIN.token}"))
    following = follow()
    *_, failure = following.until(lambda message: isinstance(message, Exception))
    assert isinstance(failure, Unauthorized)
    assert ADMIN.token not in str(failure)


def test_follower_stop_ends_a_silent_connection(follow) -> None:
    following = follow()
    following.until_state(LiveState.LIVE)
    following.follower.stop()
    following.thread.join(5)
    assert not following.thread.is_alive()
    assert following.messages.empty()


def test_follower_in_a_storm_waits_as_the_gateway_asks(gateway: LoopbackGateway, opened: str, follow) -> None:
    storm = [Fault(status=429, retry_after="30"), Fault(status=503, retry_after="86400"), Fault(status=502)]
    gateway.fault(f"/sessions/{opened}/stream", *storm)
    following = follow()
    seen = following.until_state(LiveState.LIVE)
    waits = [one.wait for one in seen if isinstance(one, LiveStateChanged) and one.wait]
    assert waits == [30.0, 120.0, 2.0]
    send(gateway, (100.5, b"one"))
    following.until_length(41)
