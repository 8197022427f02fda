"""One session: request parameters, streamed body, and withheld streams."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from replay_tui.domain.errors import Cancelled
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.download import DownloadOptions
from replay_tui.gateway.errors import BadRequest, CredentialsError, InvalidResponse, NotFound
from replay_tui.gateway.gateway_url import GatewayUrl, session_id_of
from replay_tui.gateway.resumable_body import ResumableBody
from replay_tui.gateway.session_download import SessionDownload
from tests.support.gateway import AUDITOR, OWNER, REVIEWER, Fault, LoopbackGateway


def whole(body: ResumableBody) -> dict:
    return json.loads(b"".join(body))


def test_session_has_the_script_and_no_stream(client: GatewayClient, gateway: LoopbackGateway) -> None:
    session = client.read.session(gateway.store.names["exec-postgres-tsv"])
    assert session.script_text.startswith("SELECT")
    assert "event_stream" not in session.raw
    assert gateway.seen[-1].params == {}


def test_session_body_has_stream_and_script(client: GatewayClient, gateway: LoopbackGateway) -> None:
    progress: list[tuple[int, int | None]] = []
    body = client.read.session_body(
        gateway.store.names["shell-vim"], expected=100, progress=lambda *seen: progress.append(seen)
    )
    received = whole(body)
    assert received["event_stream"] == gateway.session("shell-vim")["event_stream"]
    assert gateway.seen[-1].params == {"expand": "event_stream,session_input"}
    assert progress[-1] == (body.received, body.total) == (body.received, body.received)


@pytest.mark.parametrize("form", ["utf8", "base64", "raw-queries"])
def test_session_body_returns_each_stream_format(client: GatewayClient, gateway: LoopbackGateway, form: str) -> None:
    received = whole(client.read.session_body(gateway.store.names["pg-psql"], event_stream=form))
    if form == "raw-queries":
        assert {kind for _, kind, _ in received["event_stream"]} == {"i"}
    else:
        assert len(received["event_stream"]) == 1
    mysql = gateway.session("mysql-connect")
    unchanged = whole(client.read.session_body(mysql["id"], event_stream="raw-queries"))
    assert unchanged["event_stream"] == mysql["event_stream"]


def test_session_body_returns_binary_data_as_base64(client: GatewayClient, gateway: LoopbackGateway) -> None:
    name = gateway.store.names["exec-bad-utf8"]
    assert "unable to decode" in whole(client.read.session_body(name, event_stream="utf8"))["event_stream"][0]
    assert b"\xff" in base64.b64decode(whole(client.read.session_body(name, event_stream="base64"))["event_stream"][0])


def test_session_body_unknown_format_raises_bad_request(client: GatewayClient, gateway: LoopbackGateway) -> None:
    with pytest.raises(BadRequest, match="unknown type format") as caught:
        whole(client.read.session_body(gateway.store.names["pg-psql"], event_stream="morse"))
    assert caught.value.status == 422


def test_session_body_withholds_the_stream_from_reviewers(connect, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.copy_of("pg-psql", user_id=OWNER.id, user=OWNER.id)
    for token, given in ((REVIEWER.token, False), (AUDITOR.token, True), (OWNER.token, True)):
        assert ("event_stream" in whole(connect(token).read.session_body(session_id))) is given


def test_result_text_returns_plain_text(client: GatewayClient, gateway: LoopbackGateway) -> None:
    options = DownloadOptions(events="o,e", event_time=True, newline=True)
    text = b"".join(client.read.result_text(gateway.store.names["exec-bash-failed"], options))
    assert text.startswith(b"2026-11-22T07:30:00Z ")
    assert gateway.seen[-1].params == {"events": "o,e", "event-time": "1", "newline": "1"}


def test_session_download_yields_a_growing_stream(client: GatewayClient, gateway: LoopbackGateway) -> None:
    opening = SessionDownload(client, gateway.store.names["shell-vim"])
    assert opening.session.display_user == "Ana Auditada"
    assert len(gateway.seen) == 1
    states = [len(loaded.stream) for loaded in opening]
    assert states[-1] == 384
    assert states == sorted(states)
    assert opening.failure is None


@pytest.mark.parametrize("alone", [True, False])
def test_cancel_ends_a_blocked_read(client: GatewayClient, gateway: LoopbackGateway, alone: bool) -> None:
    name = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{name}", Fault(delay=60))
    cancel, outcome = CancelToken(), []

    def read() -> None:
        try:
            outcome.append(
                client.read.session(name, cancel=cancel)
                if alone
                else b"".join(client.read.session_body(name, cancel=cancel))
            )
        except Cancelled as cancelled:
            outcome.append(cancelled)

    thread = threading.Thread(target=read)
    thread.start()
    while not gateway.seen:
        thread.join(0.005)
    cancel.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert isinstance(outcome[0], Cancelled)


@pytest.mark.parametrize("answers", [1, 2])
def test_answer_for_another_session_is_refused(client: GatewayClient, gateway: LoopbackGateway, answers: int) -> None:
    """As the metadata, and as the later answer with the stream."""
    session_id = gateway.store.names["shell-vim"]
    other = json.dumps(gateway.session("pg-psql")).encode()
    gateway.fault(f"/sessions/{session_id}", *[None] * (answers - 1), Fault(body=other))
    with pytest.raises(InvalidResponse, match="another session"):
        list(SessionDownload(client, session_id))


def test_session_with_an_invalid_id_raises_not_found(client: GatewayClient, gateway: LoopbackGateway) -> None:
    with pytest.raises(NotFound, match="ids look like"):
        client.read.session("abc")
    assert len(gateway.seen) == 1
    for text in ("../userinfo", "", "a/b", "a?b=c", "\x1b[2J"):
        with pytest.raises(NotFound, match="is not a session's id") as caught:
            client.read.session(text)
        assert "\x1b" not in str(caught.value)
    assert len(gateway.seen) == 1


def test_session_id_of_rejects_pages_of_other_gateways() -> None:
    here = GatewayUrl.parse("https://gw.example")
    session_id = "f2a7afac-4893-4a70-ad75-841145129473"
    assert session_id_of(session_id, here) == session_id
    assert session_id_of(f"https://gw.example/sessions/{session_id}?tab=1", here) == session_id
    with pytest.raises(CredentialsError, match=r"--api-url https://evil\.example"):
        session_id_of(f"https://evil.example/sessions/{session_id}", here)
    with pytest.raises(NotFound):
        session_id_of("https://gw.example/connections", here)
