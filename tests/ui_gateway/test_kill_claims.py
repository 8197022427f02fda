"""A kill with failures of any request: never of a session that ended, never without saving it if asked to."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.review import Action
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.ui.session_actions import carry_out
from tests.support.clock import WaitlessClock
from tests.support.gateway import ADMIN, Fault, LoopbackGateway

NAME = "open-shell"
PALETTE = [
    None, Fault(status=403), Fault(status=404), Fault(status=429), Fault(status=500), Fault(cut_at=0),
    Fault(cut_at=700), Fault(body=b"{}"), Fault(body=b"null"), Fault(body=b"<html>"),
    Fault(body=b'{"id": "00000000-0000-4000-8000-000000000009", "status": "open"}'),
]  # fmt: skip
FAULTS = st.lists(st.sampled_from(PALETTE), max_size=5)


@pytest.fixture(scope="module")
def gateway() -> Iterator[LoopbackGateway]:
    with LoopbackGateway() as running:
        yield running


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(is_over=st.booleans(), save=st.booleans(), read=FAULTS, sent=st.lists(st.sampled_from(PALETTE), max_size=1))
def test_kill_claims_hold_after_any_failure(
    gateway: LoopbackGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_over: bool,
    save: bool,
    read: list[Fault | None],
    sent: list[Fault | None],
) -> None:
    monkeypatch.chdir(tmp_path)
    session = gateway.session(NAME)
    original, path = copy.deepcopy(session), f"/sessions/{session['id']}"
    target = tmp_path / f"{session['id']}.json"
    target.unlink(missing_ok=True)
    credentials = Credentials(GatewayUrl.parse(gateway.url), SecretStr(ADMIN.token))
    try:
        with GatewayClient(credentials, retry=RetryPolicy(WaitlessClock(), jitter=lambda: 1.0)) as client:
            shown = client.read.session(session["id"])
            if is_over:
                session["status"] = "done"
            gateway.seen.clear()
            gateway.fault(path, *read)
            gateway.fault(f"{path}/kill", *sent)
            message = ""
            try:
                message = carry_out(client, shown, Action.KILL, reason="", window=None, text="", save=save).message
            except GatewayError:
                assert gateway.asked(f"{path}/kill") == []
        kills = len(gateway.asked(f"{path}/kill"))
        assert kills <= (0 if is_over else 1)
        if kills and save:
            assert json.loads(target.read_bytes())["event_stream"] == original["event_stream"]
        assert ("is saved in" in message) == target.exists()
        if "has ended (" in message:
            assert session["status"] == "done"
        assert "try again" not in message or session["status"] == "open"
    finally:
        session.clear()
        session.update(original)
        gateway.mend(path)
        gateway.mend(f"{path}/kill")
