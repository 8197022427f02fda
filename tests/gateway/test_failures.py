"""Gateway failures: one sentence each with the next step, never with the token."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
import traceback
import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway import errors
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.request import Timeouts
from replay_tui.gateway.retry import read_retry_after
from replay_tui.gateway.session_list import Filters
from tests.support.effort import sampled
from tests.support.gateway import ADMIN, Fault, LoopbackGateway

MANY = 60


def failure(client: GatewayClient) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        client.read.sessions(Filters())
    assert caught.value.exit_code == 4
    assert "\n" not in str(caught.value)
    assert str(caught.value)[0].isupper() or str(caught.value).startswith("http")
    return caught.value


def test_status_401_names_the_login_command(connect, gateway: LoopbackGateway) -> None:
    failed = failure(connect("wrong-token"))
    assert isinstance(failed, errors.Unauthorized)
    assert "replay-tui login" in str(failed)
    assert "access denied" in str(failed)
    assert len(gateway.seen) == 1


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, errors.BadRequest, "refused this"),
        (403, errors.Forbidden, "does not allow"),
        (404, errors.NotFound, "Session not found"),
        (409, errors.Conflict, "already doing"),
        (410, errors.LinkExpired, "expired"),
        (422, errors.BadRequest, "one of the options"),
    ],
)
def test_status_4xx_quotes_the_gateway_without_retries(
    client: GatewayClient, gateway: LoopbackGateway, status: int, kind: type, words: str
) -> None:
    gateway.fault("/sessions", Fault(status=status, message="because \x1b[31mso\u202e"))
    failed = failure(client)
    assert isinstance(failed, kind)
    assert words in str(failed)
    assert str(failed).endswith("because \u241b[31mso<U+202E>")
    assert len(gateway.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_status_5xx_is_retried_for_ten_seconds(
    client: GatewayClient, gateway: LoopbackGateway, clock, status: int
) -> None:
    gateway.fault("/sessions", Fault(status=status), Fault(status=status))
    assert client.read.sessions(Filters()).total == 15
    assert len(gateway.seen) == 3
    gateway.fault("/sessions", *[Fault(status=status, message="out of memory")] * MANY)
    began = clock.time
    failed = failure(client)
    assert isinstance(failed, errors.ServerError)
    assert f"HTTP {status}" in str(failed)
    assert "out of memory" in str(failed)
    assert clock.time - began <= 10
    assert len(clock.waits) > 3


def test_status_429_waits_for_retry_after(client: GatewayClient, gateway: LoopbackGateway, clock) -> None:
    gateway.fault("/sessions", Fault(status=429, retry_after="3"))
    client.read.sessions(Filters())
    assert clock.waits == [3.0]
    gateway.fault("/sessions", Fault(status=503, retry_after="2"))
    client.read.sessions(Filters())
    assert clock.waits == [3.0, 2.0]


def test_status_429_with_a_long_wait_is_not_retried(client: GatewayClient, gateway: LoopbackGateway, clock) -> None:
    gateway.fault("/sessions", Fault(status=429, retry_after="120"))
    failed = failure(client)
    assert isinstance(failed, errors.TooManyRequests)
    assert "try again in 120 s" in str(failed)
    assert clock.waits == []


def test_retry_after_is_read_as_number_and_date() -> None:
    assert read_retry_after("7") == 7
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert read_retry_after("soon") is None
    assert read_retry_after(None) is None
    assert read_retry_after("9" * 400) is None


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 1 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 1 Jan 2020 00:00:00 +99999999999999",
        "Mon, 31 Feb 2020 99:99:99 GMT",
        "Mon, 1 Jan 0001 00:00:00 +2359",
        "Mon, 31 Dec 9999 23:59:59 -2359",
        ", , , ,",
        "x" * 10_000,
    ],
)
def test_retry_after_hostile_date_keeps_the_error(client: GatewayClient, gateway: LoopbackGateway, date: str) -> None:
    gateway.fault("/sessions", Fault(status=400, message="no", retry_after=date))
    assert str(failure(client)) == "The gateway refused this (HTTP 400): no"


def test_timeout_raises_request_timeout(connect, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", *[Fault(delay=60)] * MANY)
    failed = failure(connect(timeouts=Timeouts(read=0.02)))
    assert isinstance(failed, errors.RequestTimeout)
    assert "did not respond in time" in str(failed)


def test_refused_connection_raises_unreachable(connect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failed = failure(connect(url=f"http://127.0.0.1:{unused.getsockname()[1]}"))
    assert isinstance(failed, errors.Unreachable)
    assert "cannot be reached" in str(failed)


def test_interrupted_response_is_retried(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(cut_at=500))
    assert client.read.sessions(Filters()).total == 15
    gateway.fault("/sessions", *[Fault(cut_at=500)] * MANY)
    failed = failure(client)
    assert isinstance(failed, errors.IncompleteResponse)
    assert "broke before the end" in str(failed)


def test_web_page_raises_invalid_response(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(body=b"<html>", content_type="text/html; charset=utf-8"))
    failed = failure(client)
    assert isinstance(failed, errors.InvalidResponse)
    assert "text/html instead of JSON" in str(failed)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000 + b"}"])
def test_invalid_json_raises_invalid_response(client: GatewayClient, gateway: LoopbackGateway, body: bytes) -> None:
    gateway.fault("/sessions", Fault(body=body))
    assert isinstance(failure(client), errors.InvalidResponse)


def test_json_response_above_the_limit_is_rejected(
    client: GatewayClient, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.gateway.http_transport.MAX_JSON_BYTES", 1000)
    assert "larger than" in str(failure(client))


def test_error_message_above_the_limit_is_truncated(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(status=403, body=b'{"message": "' + b"x" * 1_000_000 + b'"}'))
    assert len(str(failure(client))) < 600


def test_server_without_http_raises_gateway_error(connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        failed = failure(connect(url=f"http://127.0.0.1:{server.getsockname()[1]}"))
        stop.set()
    assert isinstance(failed, errors.IncompleteResponse)


def test_change_failed_is_not_retried(client: GatewayClient, gateway: LoopbackGateway) -> None:
    name = gateway.store.names["exec-review-pending"]
    for fault in (Fault(status=503), Fault(status=429, retry_after="1"), Fault(cut_at=3)):
        gateway.fault(f"/sessions/{name}/review", fault)
        before = len(gateway.seen)
        with pytest.raises(GatewayError) as caught:
            client.write.put_review(name, {"status": "APPROVED"})
        assert len(gateway.seen) == before + 1
    assert "may have been made" in str(caught.value)


def test_change_in_read_only_mode_sends_nothing(connect, gateway: LoopbackGateway) -> None:
    client = connect(read_only=True)
    name = gateway.store.names["exec-review-pending"]
    changes: list[Callable[[], object]] = [
        lambda: client.write.put_review(name, {}),
        lambda: client.write.run(name),
        lambda: client.write.kill(name),
        lambda: client.write.set_metadata(name, {}),
    ]
    for change in changes:
        with pytest.raises(errors.ReadOnly, match="nothing was sent"):
            change()
    assert gateway.seen == []


def test_token_is_absent_from_errors_and_logs(
    connect, gateway: LoopbackGateway, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for marker in ("MARKER-bearer", "xapi-MARKER", "hpk_MARKER"):
        client = connect(marker, timeouts=Timeouts(read=0.02))
        echo = f"the token {marker} is no good"
        faults = [
            Fault(status=401, message=echo),
            Fault(status=422, message=echo),
            Fault(body=b"<html>", content_type=f"text/{marker}"[:5]),
            Fault(body=marker.encode()),
            Fault(status=302, location="https://elsewhere.example/"),
            *[Fault(cut_at=1)] * MANY,
        ]
        gateway.fault("/sessions", *faults)
        texts = []
        for _ in range(7):
            try:
                client.read.sessions(Filters())
            except GatewayError as failed:
                texts += [str(failed), repr(failed), _everything(failed)]
        texts += [repr(client.credentials), repr(client.__dict__), repr(client.transport.__dict__)]
        texts += [caplog.text, "".join(capfd.readouterr())]
        assert len(texts) > 10
        assert not any(marker in text for text in texts)
        gateway._faults._queues.clear()


def _everything(failed: BaseException) -> str:
    """Return a traceback with the locals of every frame of this program, as a crash screen prints it."""
    parts = ["".join(traceback.format_exception(failed))]
    step = failed.__traceback__
    while step is not None:
        if "replay_tui" in step.tb_frame.f_code.co_filename:
            parts += [repr(value) for value in step.tb_frame.f_locals.values()]
        step = step.tb_next
    assert failed.__context__ is None
    return "\n".join(parts)


def test_token_is_sent_in_the_request(client: GatewayClient, gateway: LoopbackGateway) -> None:
    client.read.current_user()
    assert gateway.seen[-1].headers["authorization"] == f"Bearer {ADMIN.token}"
    assert gateway.seen[-1].headers["user-agent"].startswith("replay-tui/")


def packed(plain: bytes, layers: int = 1) -> bytes:
    for _ in range(layers):
        plain = gzip.compress(plain, 9)
    return plain


def test_gzip_response_is_decompressed(client: GatewayClient, gateway: LoopbackGateway) -> None:
    body = gzip.compress(b'{"data": [{"id": "a"}],') + gzip.compress(b' "total": 1}')
    gateway.fault("/sessions", Fault(body=body, headers={"Content-Encoding": "gzip"}))
    assert client.read.sessions(Filters()).total == 1
    gateway.fault(
        "/sessions",
        Fault(status=400, body=packed(b'{"message": "no"}'), headers={"Content-Encoding": "x-gzip"}),
    )
    assert str(failure(client)).endswith(": no")


@cache
def bomb(layers: int) -> bytes:
    return packed(b'{"a": "' + b"0" * (64 << 20) + b'"}', layers)


@pytest.mark.slow
@sampled("layers", [1, 2, 3], daily=2)
@pytest.mark.parametrize("status", [200, 400])
def test_gzip_bomb_is_not_decompressed_as_a_whole(
    client: GatewayClient, gateway: LoopbackGateway, layers: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.gateway.http_transport.MAX_JSON_BYTES", 4 << 20)
    encodings = ", ".join(["gzip"] * layers)
    gateway.fault("/sessions", Fault(status, body=bomb(layers), headers={"Content-Encoding": encodings}))
    tracemalloc.start()
    try:
        said = str(failure(client))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20
    assert (
        "HTTP 400" if status == 400 else "larger than" if layers == 1 else "unsupported encoding gzip, gzip"
    ) in said


@pytest.mark.parametrize("body", [b"no gzip", packed(b'{"data": []}')[:-3]], ids=["other", "cut"])
def test_gzip_response_invalid_raises_invalid_response(
    client: GatewayClient, gateway: LoopbackGateway, body: bytes
) -> None:
    gateway.fault("/sessions", Fault(body=body, headers={"Content-Encoding": "gzip"}))
    failed = failure(client)
    assert isinstance(failed, errors.InvalidResponse)
    assert "gzip" in str(failed)
