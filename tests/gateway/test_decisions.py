"""Decisions on the recorded gateway's sessions: each outcome tells whether the vote counted and what the state is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from replay_tui.domain.decision import DecisionOutcome
from replay_tui.domain.review import Action
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.decisions import decide
from replay_tui.gateway.errors import Refusal, Unreachable
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.review_policy import review_options
from tests.support.clock import WaitlessClock
from tests.support.fixtures import FIXTURES
from tests.support.gateway import Fault, LoopbackGateway
from tests.support.gateway.seed import Seed

pytestmark = pytest.mark.slow


class Deciding:
    """Sends decisions as users of the recorded gateway, by the name of a session."""

    def __init__(self, gateway: LoopbackGateway, seed: Seed) -> None:
        self.gateway, self._seed = gateway, seed

    def client(self, who: str) -> GatewayClient:
        credentials = Credentials(GatewayUrl.parse(self.gateway.url), SecretStr(self._seed.people[who].token))
        return GatewayClient(credentials, retry=RetryPolicy(WaitlessClock(), jitter=lambda: 1.0))

    def __call__(self, who: str, name: str, action: Action = Action.APPROVE) -> DecisionOutcome:
        with self.client(who) as client:
            return decide(client, self.gateway.store.names[name], action)

    def damage(self, name: str, *faults: Fault) -> None:
        self.gateway.fault(f"/sessions/{self.gateway.store.names[name]}/review", *faults)


@pytest.fixture
def deciding() -> Iterator[Deciding]:
    seed = Seed(FIXTURES / "conformance" / "seed.gz")
    with LoopbackGateway(folder=None, people=tuple(seed.people.values())) as gateway:
        seed.fill(gateway.store)
        yield Deciding(gateway, seed)


@pytest.mark.parametrize(
    ("who", "name", "reached", "counted"),
    [
        ("reviewer", "s-eligible", True, True),
        ("admin", "s-admin-outside", False, False),
        ("reviewer", "s-two", False, True),
        ("both", "s-two-one-person", True, True),
        ("both", "s-min1-both", False, True),
        ("reviewer", "s-min0", False, True),
        ("admin", "s-no-groups", True, True),
        ("reviewer", "s-norule-all", False, True),
        ("reviewer", "s-norule-min1", True, True),
    ],
)
def test_decide_tells_whether_the_vote_counted(
    deciding: Deciding, who: str, name: str, reached: bool, counted: bool
) -> None:
    outcome = deciding(who, name)
    assert (outcome.reached, outcome.counted, outcome.failure) == (reached, counted, None)
    assert outcome.session is not None
    assert outcome.session.fields.status == ("ready" if reached else "open")


@pytest.mark.parametrize(
    ("who", "name", "words"),
    [
        ("owner", "s-self", "unable to self approve review"),
        ("auditor", "s-not-eligible", "access denied"),
        ("sre", "s-not-eligible", "not eligible for review"),
        ("reviewer", "s-conn-gone", "failed fetching connection for review"),
        ("reviewer", "s-state-executed", "review is in wrong state"),
        ("reviewer", "term", "review not found"),
    ],
)
def test_decide_refused_keeps_the_gateways_words(deciding: Deciding, who: str, name: str, words: str) -> None:
    outcome = deciding(who, name)
    assert (outcome.reached, outcome.is_refusal) == (False, True)
    assert words in str(outcome.failure)
    assert "try again" not in str(outcome.failure)


def test_decide_500_refusal_is_sent_once(deciding: Deciding) -> None:
    outcome = deciding("reviewer", "s-conn-gone")
    assert isinstance(outcome.failure, Refusal)
    path = f"/sessions/{deciding.gateway.store.names['s-conn-gone']}/review"
    assert len(deciding.gateway.asked(path)) == 1


ID = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=b"{}"),
        Fault(body=b"[]"),
        Fault(body=b"null"),
        Fault(body=b"<html>"),
        Fault(body=b'{"status": "APPROVED", "session": "%s"}' % ID.encode()),
        Fault(body=b'{"status": 5}'),
        Fault(status=500),
        Fault(status=502),
        Fault(status=503),
    ],
)
def test_decide_lost_before_the_change_reports_the_old_state(deciding: Deciding, fault: Fault) -> None:
    deciding.damage("s-eligible", fault)
    outcome = deciding("reviewer", "s-eligible")
    assert outcome.failure is not None
    assert (outcome.reached, outcome.counted, outcome.is_refusal) == (False, False, False)
    assert outcome.session is not None
    assert outcome.session.fields.review is not None
    assert outcome.session.fields.review.status == "PENDING"


@pytest.mark.parametrize("cut", [0, 1, 60])
def test_decide_lost_after_the_change_reports_the_new_state(deciding: Deciding, cut: int) -> None:
    deciding.damage("s-eligible", Fault(cut_at=cut))
    outcome = deciding("reviewer", "s-eligible")
    assert outcome.failure is not None
    assert (outcome.reached, outcome.counted, outcome.is_refusal) == (True, True, False)
    deciding.damage("s-two", Fault(cut_at=cut))
    outcome = deciding("reviewer", "s-two")
    assert (outcome.reached, outcome.counted, outcome.is_refusal) == (False, True, False)


def test_decide_unreachable_gateway_raises() -> None:
    credentials = Credentials(GatewayUrl.parse("http://127.0.0.1:1"), SecretStr("t"))
    with GatewayClient(credentials, retry=RetryPolicy(WaitlessClock())) as client, pytest.raises(Unreachable):
        decide(client, ID, Action.APPROVE)


def test_decide_unreadable_afterwards_has_no_session(deciding: Deciding) -> None:
    path = f"/sessions/{deciding.gateway.store.names['s-eligible']}"
    deciding.gateway.fault(path, None, *[Fault(status=404)] * 9)
    deciding.damage("s-eligible", Fault(status=502))
    outcome = deciding("reviewer", "s-eligible")
    assert (outcome.session, outcome.reached, outcome.is_refusal) == (None, False, False)
    assert "may have been made" in str(outcome.failure)


@pytest.mark.parametrize(
    ("who", "name", "allowed"),
    [
        ("lead", "s-force-conn", True),
        ("lead", "s-force-review-no-rule", False),
        ("reviewer", "s-force-conn", False),
        ("lead", "s-force-in-groups", True),
        ("lead", "s-force-conn-with-rule", True),
    ],
)
def test_force_is_offered_by_the_settings_that_apply(deciding: Deciding, who: str, name: str, allowed: bool) -> None:
    session_id = deciding.gateway.store.names[name]
    with deciding.client("admin") as admin, deciding.client(who) as client:
        session = admin.read.session(session_id)  # a member of a force group may not read it
        defaults = client.read.approval_defaults(session)
        options = review_options(session, client.read.current_user(), defaults=defaults)
        assert next(one for one in options if one.action is Action.FORCE).allowed is allowed
        assert decide(client, session_id, Action.FORCE).reached is allowed


def test_auditor_can_only_view(deciding: Deciding) -> None:
    with deciding.client("auditor") as client:
        session = client.read.session(deciding.gateway.store.names["s-eligible"])
        assert not any(option.allowed for option in review_options(session, client.read.current_user()))


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"name": "other"}', b"null", b"<html>"])
def test_approval_defaults_unreadable_do_not_fail(deciding: Deciding, body: bytes) -> None:
    with deciding.client("owner") as client:
        session = client.read.session(deciding.gateway.store.names["s-norule-min1"])
        known = client.read.approval_defaults(session)
        assert known is not None
        assert known.min_review_approvals == 1
        deciding.gateway.fault(f"/connections/{session.fields.connection}", Fault(body=body))
        found = client.read.approval_defaults(session)
        assert found is None or (found.min_review_approvals, found.force_approve_groups) == (None, None)


def test_decide_answer_counts_if_the_session_reads_older(deciding: Deciding) -> None:
    session = deciding.gateway.session("s-eligible")
    old = json.dumps({**session, "event_stream": None}).encode()
    deciding.gateway.fault(f"/sessions/{session['id']}", None, Fault(body=old))
    outcome = deciding("reviewer", "s-eligible")
    assert (outcome.reached, outcome.is_stale, outcome.failure) == (True, True, None)
    assert outcome.session is not None
    assert outcome.session.fields.review is not None
    assert outcome.session.fields.review.status == "APPROVED"


def test_decide_as_user_with_another_id_claims_nothing(deciding: Deciding) -> None:
    deciding.gateway.fault("/userinfo", Fault(body=b'{"id": "somebody-else"}'))
    outcome = deciding("reviewer", "s-two")
    assert (outcome.reached, outcome.counted, outcome.failure) == (False, None, None)


def test_decide_unseen_session_uses_the_answer(deciding: Deciding) -> None:
    session = deciding.gateway.session("s-force-conn")
    deciding.gateway.fault(f"/sessions/{session['id']}", *[Fault(status=403)] * 2)
    outcome = deciding("lead", "s-force-conn", Action.FORCE)
    assert outcome.reached
    assert outcome.session is not None
    assert outcome.session.fields.review is not None
