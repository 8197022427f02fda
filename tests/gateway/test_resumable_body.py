"""Resumable bodies: interrupted, changed and oversized responses keep the received part."""

from __future__ import annotations

import json

import pytest

from replay_tui.domain.errors import Cancelled, GatewayError
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import DownloadStopped, Forbidden, IncompleteResponse, InvalidResponse
from replay_tui.gateway.resumable_body import BodyChanged, ResumableBody
from replay_tui.gateway.session_download import SessionDownload
from tests.support.gateway import Fault, LoopbackGateway


@pytest.fixture
def vim(gateway: LoopbackGateway) -> str:
    return gateway.store.names["shell-vim"]


def collect(body: ResumableBody, came: bytearray) -> None:
    for chunk in body:
        came += chunk


@pytest.mark.parametrize("cuts", [[0], [1], [5000], [5000, 4000, 9000, 18000], [100, 200, 300, 400, 500, 600, 700]])
def test_body_interrupted_is_resumed(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, cuts: list[int]
) -> None:
    gateway.fault(f"/sessions/{vim}", *[Fault(cut_at=cut) for cut in cuts])
    body = client.read.session_body(vim)
    received = b"".join(body)
    assert json.loads(received)["event_stream"] == gateway.session(vim)["event_stream"]
    assert len(received) == body.received
    assert len(gateway.seen) == len(cuts) + 1


def test_body_that_keeps_failing_keeps_the_received_part(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, clock
) -> None:
    gateway.fault(f"/sessions/{vim}", *[Fault(cut_at=9000)] * 60)
    body, came = client.read.session_body(vim), bytearray()
    began = clock.time
    with pytest.raises(IncompleteResponse):
        collect(body, came)
    assert len(came) == 9000
    assert clock.time - began <= 10


def test_session_download_failed_keeps_the_received_part(
    client: GatewayClient, gateway: LoopbackGateway, vim: str
) -> None:
    opening = SessionDownload(client, vim)
    assert opening.session.display_user == "Ana Auditada"
    gateway.fault(f"/sessions/{vim}", *[Fault(cut_at=9000)] * 60)
    *_, loaded = opening
    assert 50 < len(loaded.stream) < 384
    assert isinstance(opening.failure, IncompleteResponse)
    assert not loaded.stream.complete
    assert "cut-off" in [note.code for note in loaded.stream.log.warnings]


def test_session_download_without_stream_raises(client: GatewayClient, gateway: LoopbackGateway, vim: str) -> None:
    opening = SessionDownload(client, vim)
    assert opening.session
    gateway.fault(f"/sessions/{vim}", Fault(status=403, message="no"))
    with pytest.raises(Forbidden):
        list(opening)


def test_session_download_stopped_keeps_the_received_part(client: GatewayClient, gateway: LoopbackGateway) -> None:
    long = gateway.store.add_long(9000)
    opening = SessionDownload(client, long)
    assert opening.session.fields.start_date is not None
    gateway.fault(f"/sessions/{long}", Fault(pace=0.002))
    for loaded in opening:
        # Fields behind the stream are known from the metadata.
        assert loaded.session.fields.start_date == opening.session.fields.start_date
        opening.stop()
    assert isinstance(opening.failure, DownloadStopped)
    assert 0 < len(loaded.stream) < 9000
    assert "cut-off" in [note.code for note in loaded.stream.log.warnings]


def test_session_download_yields_events_of_its_first_bytes(client: GatewayClient, gateway: LoopbackGateway) -> None:
    """A slow link shows the first frame long before the rest has arrived."""
    opening = SessionDownload(client, gateway.store.add_long(20_000))
    first = next(loaded for loaded in opening if len(loaded.stream))
    assert not first.stream.complete
    assert opening.body is not None
    assert opening.body.received <= 256 << 10
    opening.cancel.cancel()


def test_session_download_cancelled_has_no_failure(client: GatewayClient, gateway: LoopbackGateway) -> None:
    long = gateway.store.add_long(9000)
    opening = SessionDownload(client, long)
    assert opening.session
    gateway.fault(f"/sessions/{long}", Fault(pace=0.002))
    growing = iter(opening)
    next(growing)
    opening.cancel.cancel()
    with pytest.raises(Cancelled):
        list(growing)
    assert opening.failure is None


def test_body_changed_between_attempts_raises(client: GatewayClient, gateway: LoopbackGateway, vim: str) -> None:
    gateway.fault(f"/sessions/{vim}", Fault(cut_at=9000))
    body = iter(client.read.session_body(vim))
    assert next(body)
    gateway.session(vim)["org_id"] = "another"
    with pytest.raises(BodyChanged, match="open it again"):
        list(body)


def test_body_resumption_rejected_raises_forbidden(client: GatewayClient, gateway: LoopbackGateway, vim: str) -> None:
    gateway.fault(f"/sessions/{vim}", Fault(cut_at=9000), Fault(status=403, message="gone private"))
    with pytest.raises(Forbidden, match="gone private"):
        list(client.read.session_body(vim))


def test_body_above_the_limit_is_truncated_with_a_note(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.gateway.resumable_body.EXTRA_LIMIT_BYTES", 0)
    body = client.read.session_body(vim, expected=1000)
    assert sum(map(len, body)) == 3000
    assert "was truncated there" in (body.note or "")
    opening = SessionDownload(client, vim)
    gateway.session(vim)["metrics"]["event_size"] = -4095
    for loaded in opening:
        last = loaded
    assert last.stream.complete or "too-large" in [note.code for note in last.stream.log.warnings]


def test_body_of_a_web_page_raises_invalid_response(client: GatewayClient, gateway: LoopbackGateway, vim: str) -> None:
    gateway.fault(f"/sessions/{vim}", Fault(body=b"<html>", content_type="text/html"))
    with pytest.raises(InvalidResponse, match="text/html instead of a session"):
        list(client.read.session_body(vim))


def test_body_failures_are_sentences(client: GatewayClient, gateway: LoopbackGateway, vim: str) -> None:
    for fault in (Fault(status=401), Fault(status=410), Fault(status=302, location="//[")):
        gateway.fault(f"/sessions/{vim}", fault)
        with pytest.raises(GatewayError) as caught:
            list(client.read.session_body(vim))
        assert caught.value.__context__ is None
