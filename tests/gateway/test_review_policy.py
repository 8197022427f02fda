"""Review policy and decisions, compared with the loopback gateway: allowed actions succeed, others are rejected."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import product

import pytest

from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.review import Action, Denial, DenialCode
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import BadRequest, Conflict, Forbidden, InvalidResponse, NotFound, Refusal
from replay_tui.gateway.review_policy import parse_window, review_options
from tests.support.gateway import ADMIN_OWNER, AUDITOR, OWNER, PEOPLE, REVIEWER, Fault, LoopbackGateway

pytestmark = pytest.mark.slow

DECISIONS = (Action.APPROVE, Action.APPROVE_WINDOW, Action.FORCE, Action.REJECT, Action.REVOKE)
STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED")


@pytest.fixture
def pending(gateway: LoopbackGateway) -> str:
    return gateway.store.names["exec-review-pending"]


def denials(client: GatewayClient, session_id: str) -> dict[Action, Denial | None]:
    now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    found = review_options(client.read.session(session_id), client.read.current_user(), now=now)
    assert all(option.allowed == (option.denial is None) for option in found)
    return {option.action: option.denial for option in found}


def code(denial: Denial | None) -> DenialCode | None:
    return denial.code if denial else None


@pytest.mark.parametrize(("person", "state", "kind"), list(product(PEOPLE, STATES, ("onetime", "jit"))))
def test_review_options_match_the_gateways_decisions(
    connect, gateway: LoopbackGateway, pending: str, person, state: str, kind: str
) -> None:
    client, session = connect(person.token), gateway.session(pending)
    session["review"].update(status=state, type=kind, time_window=None)
    if not person.sees(session):
        with pytest.raises(GatewayError):
            client.write.decide(pending, Action.APPROVE)
        return
    denied = denials(client, pending)
    before = copy.deepcopy(session["review"])
    for action in DECISIONS:
        session["review"] = copy.deepcopy(before)
        window = "08:00-09:00" if action is Action.APPROVE_WINDOW else None
        try:
            client.write.decide(pending, action, window=window)
            changed = session["review"]["status"] != state or any(
                new["status"] != old["status"]
                for new, old in zip(session["review"]["review_groups_data"], before["review_groups_data"], strict=False)
            )
        except GatewayError:
            changed = False
        if code(denied[action]) is DenialCode.ALREADY_APPROVED:
            continue  # the gateway would record one approval more, without effect
        assert changed == (denied[action] is None), (action, denied[action])


def test_review_options_denied_have_code_and_values(connect, gateway: LoopbackGateway, pending: str) -> None:
    own = denials(connect(OWNER.token), pending)
    assert own[Action.APPROVE] == Denial(DenialCode.OWN_SESSION)
    assert own[Action.REJECT] is None
    assert own[Action.METADATA] is None
    reviewer = denials(connect(REVIEWER.token), pending)
    assert reviewer[Action.APPROVE] == Denial(DenialCode.GROUPS_DECIDED, groups=("dba",))
    assert reviewer[Action.FORCE] == Denial(DenialCode.NOT_IN_FORCE_GROUPS, groups=("admin",))
    assert reviewer[Action.REVOKE] == Denial(DenialCode.NOT_REVOCABLE)
    assert reviewer[Action.RUN] == Denial(DenialCode.NOT_APPROVED, status="PENDING")
    admin = denials(connect(), pending)
    assert admin[Action.APPROVE_WINDOW] == Denial(DenialCode.WINDOW_ALREADY_SET)
    assert admin[Action.KILL] == Denial(DenialCode.NOT_RUNNING)
    unreviewed = denials(connect(), gateway.store.names["shell-vim"])
    assert unreviewed[Action.APPROVE] == Denial(DenialCode.NO_REVIEW)
    assert unreviewed[Action.METADATA] == Denial(DenialCode.NOT_OWNER)


def test_review_options_read_only_deny_everything(client: GatewayClient, pending: str) -> None:
    found = review_options(client.read.session(pending), client.read.current_user(), read_only=True)
    assert [option.denial for option in found] == [Denial(DenialCode.READ_ONLY)] * len(Action)


def test_approve_by_an_admin_who_owns_the_session_is_allowed(connect, gateway: LoopbackGateway, pending: str) -> None:
    client = connect(ADMIN_OWNER.token)
    assert client.read.current_user().owns(client.read.session(pending))
    assert denials(client, pending)[Action.APPROVE] is None
    assert client.write.decide(pending, Action.APPROVE).status == "APPROVED"


def test_decide_approve_and_reject_update_the_review(
    client: GatewayClient, gateway: LoopbackGateway, pending: str
) -> None:
    review = client.write.decide(pending, Action.APPROVE)
    assert (review.status, review.approvals()) == ("APPROVED", (2, 2))
    other = gateway.store.copy_of("exec-review-pending", review=copy.deepcopy(_fresh(gateway)))
    review = client.write.decide(other, Action.REJECT, reason="no ticket\n")
    assert (review.status, review.rejection_reason) == ("REJECTED", "no ticket")
    assert gateway.seen[-1].body == {"status": "REJECTED", "force_review": False, "rejection_reason": "no ticket"}


def _fresh(gateway: LoopbackGateway) -> dict:
    review = copy.deepcopy(gateway.session("exec-review-pending")["review"])
    review.update(status="PENDING", time_window=None)
    return review


def test_decide_in_a_window_and_by_force_sends_both(client: GatewayClient, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.copy_of("exec-review-pending", review=_fresh(gateway))
    review = client.write.decide(session_id, Action.APPROVE_WINDOW, window="22:00-04:00")
    assert review.time_window is not None
    assert [f"{hour:%H:%M}" for hour in review.time_window.hours or ()] == ["22:00", "04:00"]
    forced = gateway.store.copy_of("exec-review-pending", review=_fresh(gateway))
    assert client.write.decide(forced, Action.FORCE).groups[0].forced_review
    assert gateway.seen[-1].body == {"status": "APPROVED", "force_review": True}


def test_decide_rejected_raises_the_gateways_message(connect, gateway: LoopbackGateway, pending: str) -> None:
    with pytest.raises(BadRequest, match="unable to self approve review"):
        connect(OWNER.token).write.decide(pending, Action.APPROVE)
    with pytest.raises(BadRequest, match="not eligible for review"):
        connect(REVIEWER.token).write.decide(pending, Action.APPROVE, force=True)
    with pytest.raises(GatewayError, match="time window can only be set once"):
        connect().write.decide(pending, Action.APPROVE, window="08:00-09:00")
    connect().write.decide(pending, Action.REJECT)
    with pytest.raises(BadRequest, match="review is in wrong state"):
        connect().write.decide(pending, Action.APPROVE)


@pytest.mark.parametrize("text", ["", "9-10", "24:00-01:00", "08:00-08:00", "08:00", "08:60-09:00"])
def test_decide_with_an_invalid_window_sends_nothing(
    client: GatewayClient, gateway: LoopbackGateway, text: str
) -> None:
    with pytest.raises(UsageError):
        client.write.decide(gateway.store.names["exec-review-pending"], Action.APPROVE, window=text)
    assert gateway.seen == []
    assert parse_window("22:00-04:00") == ("22:00", "04:00")


def test_run_of_an_approved_session_returns_its_output(connect, gateway: LoopbackGateway, pending: str) -> None:
    review = gateway.session(pending)["review"]
    owner = connect(OWNER.token)
    with pytest.raises(Forbidden, match="not approved"):
        owner.write.run(pending)
    review.update(status="APPROVED", time_window=None)
    assert denials(owner, pending)[Action.RUN] is None
    result = owner.write.run(pending)
    assert (result.output, result.exit_code, result.running) == ("DELETE 12\n", 0, False)
    review.update(status="APPROVED")
    gateway.slow_runs = True
    assert owner.write.run(pending).running
    with pytest.raises(Conflict, match="already being processed"):
        owner.write.run(pending)
    review.update(type="jit", status="APPROVED")
    with pytest.raises(NotFound):
        owner.write.run(pending)


def test_run_by_an_admin_who_is_not_the_owner_is_allowed(connect, gateway: LoopbackGateway, pending: str) -> None:
    gateway.session(pending)["review"].update(status="APPROVED", time_window=None)
    assert denials(connect(REVIEWER.token), pending)[Action.RUN] == Denial(DenialCode.NOT_OWNER)
    with pytest.raises(Forbidden):
        connect(REVIEWER.token).write.run(pending)
    admin = connect()
    assert not admin.read.current_user().owns(admin.read.session(pending))
    assert denials(admin, pending)[Action.RUN] is None
    assert admin.write.run(pending).exit_code == 0


def test_reject_by_an_admin_in_no_group_is_allowed(connect, gateway: LoopbackGateway, pending: str) -> None:
    review = gateway.session(pending)["review"]
    review["review_groups_data"] = [group for group in review["review_groups_data"] if group["group"] == "dba"]
    assert denials(connect(), pending)[Action.APPROVE] == Denial(DenialCode.NOT_IN_GROUPS, groups=("dba",))
    assert denials(connect(), pending)[Action.REJECT] is None
    assert connect().write.decide(pending, Action.REJECT).status == "REJECTED"


def test_kill_by_the_owner_is_allowed(connect, gateway: LoopbackGateway) -> None:
    review = {**gateway.session("exec-review-pending")["review"], "status": "APPROVED"}
    running = gateway.store.copy_of("exec-review-pending", status="open", review=review)
    assert denials(connect(OWNER.token), running)[Action.KILL] is None
    connect(OWNER.token).write.kill(running)
    assert gateway.session(running)["status"] == "done"


def test_metadata_without_owner_and_email_is_refused() -> None:
    found = {option.action: option.denial for option in review_options(Session.parse({}), CurrentUser())}
    assert found[Action.METADATA] == Denial(DenialCode.NOT_OWNER)


def test_run_of_a_jit_review_is_denied(connect, gateway: LoopbackGateway, pending: str) -> None:
    gateway.session(pending)["review"].update(status="APPROVED", type="jit", time_window=None)
    assert denials(connect(OWNER.token), pending)[Action.RUN] == Denial(DenialCode.NOT_ONE_TIME)


def test_decide_with_a_blank_reason_sends_none(client: GatewayClient, gateway: LoopbackGateway, pending: str) -> None:
    client.write.decide(pending, Action.REJECT, reason=" \n")
    assert gateway.seen[-1].body == {"status": "REJECTED", "force_review": False}


def test_run_outside_the_window_is_denied(connect, gateway: LoopbackGateway, pending: str) -> None:
    session = gateway.session(pending)
    session["review"]["status"] = "APPROVED"
    me, read = connect(OWNER.token).read.current_user(), Session.parse(session)
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    found = {option.action: option.denial for option in review_options(read, me, now=noon)}
    assert found[Action.RUN] == Denial(DenialCode.OUTSIDE_WINDOW, seconds_until_open=36000.0)


def test_kill_and_set_metadata_check_the_owner(connect, gateway: LoopbackGateway, pending: str) -> None:
    client, running = connect(), gateway.store.names["open-shell"]
    assert denials(client, running)[Action.KILL] is None
    client.write.kill(running)
    assert gateway.session(running)["status"] == "done"
    assert denials(client, running)[Action.KILL] == Denial(DenialCode.NOT_RUNNING)
    waiting = gateway.store.copy_of("exec-review-pending", status="open")
    assert denials(client, waiting)[Action.KILL] == Denial(DenialCode.NOT_RUNNING)
    review = {**gateway.session("exec-review-pending")["review"], "status": "APPROVED"}
    reviewed = gateway.store.copy_of("exec-review-pending", status="open", review=review)
    assert denials(connect(REVIEWER.token), reviewed)[Action.KILL] == Denial(DenialCode.NOT_OWNER_OR_ADMIN)
    with pytest.raises(NotFound, match="session not found"):
        connect(REVIEWER.token).write.kill(reviewed)
    with pytest.raises(NotFound):
        client.write.set_metadata(pending, {"ticket": "OPS-1"})  # an administrator, but not its owner
    connect(OWNER.token).write.set_metadata(pending, {"ticket": "OPS-1"})
    assert gateway.session(pending)["metadata"] == {"ticket": "OPS-1"}
    assert gateway.seen[-1].body == {"metadata": {"ticket": "OPS-1"}}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"done"'])
def test_run_with_another_answer_raises(connect, gateway: LoopbackGateway, pending: str, body: bytes) -> None:
    gateway.fault(f"/sessions/{pending}/exec", Fault(body=body))
    with pytest.raises(InvalidResponse, match="may have been made"):
        connect(OWNER.token).write.run(pending)


def test_run_without_a_review_is_refused_in_the_gateways_words(connect, gateway: LoopbackGateway) -> None:
    with pytest.raises(Refusal, match="failed retrieving review") as caught:
        connect().write.run(gateway.store.names["shell-vim"])
    assert "try again" not in str(caught.value)


def test_review_options_deny_auditors_everything(connect, pending: str) -> None:
    assert set(denials(connect(AUDITOR.token), pending).values()) == {Denial(DenialCode.AUDITOR)}
