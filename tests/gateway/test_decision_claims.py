"""What is said about a decision holds, whatever fails: nothing is sent twice, no claim contradicts the state."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.review import STATUS_OF_DECISION, Action
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.decisions import decide
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.presenters.decision import decision_text
from tests.support.clock import WaitlessClock
from tests.support.fixtures import FIXTURES
from tests.support.gateway import Fault, LoopbackGateway
from tests.support.gateway.seed import Seed

PALETTE = [
    None, Fault(status=401), Fault(status=403), Fault(status=404), Fault(status=429), Fault(status=500),
    Fault(status=503, retry_after="5"), Fault(cut_at=0), Fault(cut_at=50), Fault(body=b"{}"), Fault(body=b"null"),
    Fault(body=b"<html>"), Fault(body=b'{"id": "00000000-0000-4000-8000-000000000009", "status": "open"}'),
]  # fmt: skip
FAULTS = st.lists(st.sampled_from(PALETTE), max_size=4)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[LoopbackGateway, Seed]]:
    seed = Seed(FIXTURES / "conformance" / "seed.gz")
    with LoopbackGateway(folder=None, people=tuple(seed.people.values())) as gateway:
        seed.fill(gateway.store)
        yield gateway, seed


def _state(session: dict[str, Any]) -> object:
    groups = session["review"]["review_groups_data"]
    votes = sorted((one["group"], str(one["status"]), str(one["review_date"])) for one in groups)
    return session["review"]["status"], votes


@settings(max_examples=25)
@given(
    who=st.sampled_from(["reviewer", "admin", "both"]),
    name=st.sampled_from(["s-eligible", "s-two", "s-min1-both", "s-admin-outside"]),
    action=st.sampled_from([Action.APPROVE, Action.REJECT]),
    user=FAULTS,
    read=FAULTS,
    sent=st.lists(st.sampled_from(PALETTE), max_size=1),
)
def test_decision_claims_hold_after_any_failure(
    served: tuple[LoopbackGateway, Seed], who: str, name: str, action: Action, user: list, read: list, sent: list
) -> None:
    gateway, seed = served
    session = gateway.session(name)
    original = copy.deepcopy(session)
    path = f"/sessions/{session['id']}"
    faults = {"/userinfo": user, path: read, f"{path}/review": sent}
    for place, queued in faults.items():
        gateway.mend(place)
        gateway.fault(place, *queued)
    gateway.seen.clear()
    before = _state(session)
    credentials = Credentials(GatewayUrl.parse(gateway.url), SecretStr(seed.people[who].token))
    try:
        with GatewayClient(credentials, retry=RetryPolicy(WaitlessClock(), jitter=lambda: 1.0)) as client:
            try:
                done = decide(client, session["id"], action, reason="no ticket")
            except GatewayError:
                assert gateway.asked(f"{path}/review") == []
                return
        after = _state(session)
        assert len(gateway.asked(f"{path}/review")) == 1
        if done.reached:
            assert session["review"]["status"] == STATUS_OF_DECISION[action]
        if done.counted:
            assert after != before
        if done.is_refusal:
            assert after == before
        text = decision_text(done)
        if "Nothing changed" in text or "was not made" in text:
            assert after == before, text
        assert "try again" not in text or after == before, text
    finally:
        session.clear()
        session.update(original)
        for place in faults:
            gateway.mend(place)
