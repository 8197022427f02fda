"""Responses that arrive slowly without end: small ones have a total timeout, streams do not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat

import pytest

from replay_tui.domain.errors import Cancelled
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import BadRequest, RequestTimeout
from replay_tui.gateway.live_stream import subscription
from replay_tui.gateway.request import Timeouts
from tests.support.gateway import Fault, LoopbackGateway

pytestmark = pytest.mark.slow

HEAD = b"HTTP/1.1 %s X\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HASTY = Timeouts(read=0.2, change=0.2, live=0.2, whole=0.2)
SHORT_WHOLE = Timeouts(read=60.0, change=60.0, live=60.0, whole=0.2)
"""Total timeout of 0.2 s for small responses; the other timeouts are long enough for a loaded machine."""
ENDLESS: dict[str, tuple[list[bytes], bytes]] = {
    "a body in chunks": ([CHUNKED % b"200"], b"1\r\n \r\n"),
    "a body until the connection ends": ([HEAD % b"200" + b"\r\n"], b" "),
    "an error in chunks": ([CHUNKED % b"400"], b"1\r\n \r\n"),
    "an error's chunk that never begins": ([CHUNKED % b"400", b"1"], b";"),
    "a header": ([HEAD % b"200", b"X-Long: "], b"x"),
    "answers that are none yet": ([], b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
}
"""First bytes of a response, and the bytes repeated endlessly after them."""

PIECES, PACE_SECONDS = 6000, 0.02
"""Two minutes of pieces: no client may read for longer."""


class Drip:
    """Server of an endless response; `ended` is set if a client read it to the end."""

    def __init__(self) -> None:
        self.over, self.ended = threading.Event(), threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))

    def start(self, what: str) -> str:
        """Start the server and return its address."""
        first, then = ENDLESS[what]
        threading.Thread(target=self._send, args=(chain(first, repeat(then, PIECES)),), daemon=True).start()
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def close(self) -> None:
        """End all responses."""
        self.over.set()
        self._server.close()

    def _send(self, pieces: Iterator[bytes]) -> None:
        with suppress(OSError):
            near, _ = self._server.accept()
            with near:
                near.recv(65536)
                for piece in pieces:
                    if self.over.wait(PACE_SECONDS):
                        return
                    near.sendall(piece)
                self.ended.set()


@pytest.fixture
def drip() -> Iterator[Drip]:
    dripping = Drip()
    yield dripping
    dripping.close()


def calls(client: GatewayClient) -> dict[str, Callable[[], object]]:
    return {
        "over a kept connection": client.read.current_user,
        "over its own": lambda: client.read.current_user(cancel=CancelToken()),
        "a change": lambda: client.write.kill("a"),
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
def test_endless_response_ends_at_the_total_timeout(
    connect, drip: Drip, what: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The error body has a time limit of its own; the status is reported even if the body does not end.
    monkeypatch.setattr("replay_tui.gateway.response_body.ERROR_BODY_TIMEOUT_SECONDS", 0.1)
    client = connect(url=drip.start(what), timeouts=HASTY)
    client.transport.retry.max_elapsed = 0.0
    with pytest.raises((RequestTimeout, BadRequest)) as caught:
        calls(client)[call]()
    assert not drip.ended.is_set()
    assert isinstance(caught.value, BadRequest) or "did not respond in time" in str(caught.value)
    assert isinstance(caught.value, BadRequest) == ("error" in what)


@pytest.mark.parametrize("what", ENDLESS)
def test_endless_response_is_cancelled_immediately(connect, drip: Drip, what: str) -> None:
    client, cancel = connect(url=drip.start(what)), CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    with pytest.raises(Cancelled):
        client.read.current_user(cancel=cancel)
    assert not drip.ended.is_set()


def test_session_body_has_no_total_timeout(connect, gateway: LoopbackGateway) -> None:
    number = next(iter(gateway.store.sessions))
    body = b'{"id": "a", "event_stream": []' + b" " * (2048 * 12) + b"}"
    gateway.fault(f"/sessions/{number}", Fault(body=body, pace=0.04))  # twelve pieces
    assert b"".join(connect(timeouts=SHORT_WHOLE).read.session_body(number)) == body


def test_change_has_its_own_timeout(connect, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions/a/kill", Fault(body=b"{}", delay=0.5))
    connect(timeouts=SHORT_WHOLE).write.kill("a")


def test_live_events_have_no_total_timeout(connect, gateway: LoopbackGateway) -> None:
    number = next(key for key, one in gateway.store.sessions.items() if one["status"] == "open")
    with subscription(connect(timeouts=SHORT_WHOLE), number, CancelToken(), lambda: None) as messages:
        gateway.live.wait_subscribed(number)
        for at in range(5):
            threading.Timer(0.1, gateway.live.raw, (number, b"event: event\ndata: %d\n\n" % at)).start()
            assert next(messages).data == str(at)
