"""A gateway that never ends its answer: what is small has to come whole in time, streams take as long as they do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from replay_tui.gateway.cancel import Cancel
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import Cancelled, Refused, TimedOut
from replay_tui.gateway.live_events import subscription
from replay_tui.gateway.request import Timeouts
from tests.support.gateway import Fault, LoopbackGateway

HEAD = b"HTTP/1.1 %s X\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HASTY = Timeouts(read=0.2, change=0.2, live=0.2, whole=0.2)
ENDLESS: dict[str, tuple[list[bytes], bytes]] = {
    "a body in chunks": ([CHUNKED % b"200"], b"1\r\n \r\n"),
    "a body until the connection ends": ([HEAD % b"200" + b"\r\n"], b" "),
    "an error in chunks": ([CHUNKED % b"400"], b"1\r\n \r\n"),
    "an error's chunk that never begins": ([CHUNKED % b"400", b"1"], b";"),
    "a header": ([HEAD % b"200", b"X-Long: "], b"x"),
    "answers that are none yet": ([], b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
}
"""What comes first, and then for ever."""

Serve = Callable[[str], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Sends what is endless, fifty pieces a second, to whoever connects; gives the address."""
    over, servers = threading.Event(), []

    def drip(server: socket.socket, pieces: Iterator[bytes]) -> None:
        try:
            near, _ = server.accept()
            with near:
                near.recv(65536)
                while not over.wait(0.02):
                    near.sendall(next(pieces))
        except (OSError, StopIteration):
            return

    def start(what: str) -> str:
        first, then = ENDLESS[what]
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=drip, args=(server, chain(first, repeat(then))), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    over.set()
    for server in servers:
        server.close()


def calls(client: GatewayClient) -> dict[str, Callable[[], object]]:
    return {
        "over a kept connection": client.me,
        "over its own": lambda: client.me(cancel=Cancel()),
        "a change": lambda: client.kill("a"),
    }


@pytest.mark.parametrize(
    ("what", "call"),
    [
        *((what, "over a kept connection") for what in ENDLESS),
        ("a body in chunks", "over its own"),
        ("answers that are none yet", "over its own"),
        ("an error in chunks", "a change"),
        ("a header", "a change"),
    ],
)
def test_what_drips_for_ever_is_given_up_in_time(
    connect, serve: Serve, what: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The words of an error are waited for a while; what it is said to be is told all the same.
    monkeypatch.setattr("replay_tui.gateway.answer.PATIENCE", 0.1)
    client = connect(url=serve(what), timeouts=HASTY)
    client.transport.retry.patience = 0.0
    begin = time.monotonic()
    with pytest.raises((TimedOut, Refused)) as caught:
        calls(client)[call]()
    assert time.monotonic() - begin < 3
    assert isinstance(caught.value, Refused) or "did not answer in time" in str(caught.value)
    assert isinstance(caught.value, Refused) == ("error" in what)


@pytest.mark.parametrize("what", ENDLESS)
def test_what_drips_can_be_cancelled_at_once(connect, serve: Serve, what: str) -> None:
    client, cancel = connect(url=serve(what)), Cancel()
    threading.Timer(0.1, cancel.cancel).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        client.me(cancel=cancel)
    assert time.monotonic() - begin < 3


def test_a_session_may_take_as_long_as_bytes_come(connect, gateway: LoopbackGateway) -> None:
    number = next(iter(gateway.store.sessions))
    body = b'{"id": "a", "event_stream": []' + b" " * (2048 * 12) + b"}"
    gateway.fault(f"/sessions/{number}", Fault(body=body, pace=0.04))
    begin = time.monotonic()
    assert b"".join(connect(timeouts=HASTY).session_body(number)) == body
    assert time.monotonic() - begin > 2 * HASTY.whole


def test_a_change_may_be_held_as_long_as_changes_may(connect, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions/a/kill", Fault(body=b"{}", delay=0.5))
    connect(timeouts=Timeouts(change=5.0, whole=0.2)).kill("a")


def test_live_events_come_for_longer_than_an_answer_may_take(connect, gateway: LoopbackGateway) -> None:
    number = next(key for key, one in gateway.store.sessions.items() if one["status"] == "open")
    with subscription(connect(timeouts=HASTY), number, Cancel(), lambda: None) as messages:
        gateway.live.wait_subscribed(number)
        for at in range(5):
            threading.Timer(0.1, gateway.live.raw, (number, b"event: event\ndata: %d\n\n" % at)).start()
            assert next(messages).data == str(at)
