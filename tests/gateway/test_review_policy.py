"""Deciding: what is offered is what the gateway accepts, and its refusals are shown in its words."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import product

import pytest

from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.errors import BadRequest, Conflict, Forbidden, NotFound
from replay_tui.gateway.review_policy import Action, confirmation_text, decide, parse_window, review_options
from tests.support.gateway import ADMIN, ADMIN_OWNER, OWNER, PEOPLE, REVIEWER, LoopbackGateway

DECISIONS = (Action.APPROVE, Action.APPROVE_WINDOW, Action.FORCE, Action.REJECT, Action.REVOKE)
STATES = ("PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED")


@pytest.fixture
def pending(gateway: LoopbackGateway) -> str:
    return gateway.store.names["exec-review-pending"]


def options(client: GatewayClient, session_id: str) -> dict[Action, str]:
    now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    found = review_options(client.read.session(session_id), client.read.current_user(), now=now)
    assert all(option.allowed == (option.reason == "") for option in found)
    return {option.action: option.reason for option in found}


@pytest.mark.parametrize(("person", "state", "kind"), list(product(PEOPLE, STATES, ("onetime", "jit"))))
def test_what_is_offered_is_accepted_and_what_is_dimmed_is_refused_or_changes_nothing(
    connect, gateway: LoopbackGateway, pending: str, person, state: str, kind: str
) -> None:
    client, session = connect(person.token), gateway.session(pending)
    session["review"].update(status=state, type=kind, time_window=None)
    if not person.sees(session):
        with pytest.raises(GatewayError):
            decide(client, pending, Action.APPROVE)
        return
    dimmed = options(client, pending)
    before = copy.deepcopy(session["review"])
    for action in DECISIONS:
        session["review"] = copy.deepcopy(before)
        window = "08:00-09:00" if action is Action.APPROVE_WINDOW else None
        try:
            decide(client, pending, action, window=window)
            changed = session["review"]["status"] != state or any(
                new["status"] != old["status"]
                for new, old in zip(session["review"]["review_groups_data"], before["review_groups_data"], strict=False)
            )
        except GatewayError:
            changed = False
        if dimmed[action] == "it is approved already":
            continue  # the gateway would note one approval more, which changes nothing for anybody
        assert changed == (dimmed[action] == ""), (action, dimmed[action])


def test_the_reasons_name_what_stands_in_the_way(connect, gateway: LoopbackGateway, pending: str) -> None:
    own = options(connect(OWNER.token), pending)
    assert own[Action.APPROVE] == "it is your own session"
    assert own[Action.REJECT] == ""
    reviewer = options(connect(REVIEWER.token), pending)
    assert reviewer[Action.APPROVE] == "dba has decided already"
    assert reviewer[Action.FORCE] == "only admin may force it"
    assert reviewer[Action.REVOKE].startswith("only approved jit access")
    assert reviewer[Action.RUN] == "the review is pending, not approved"
    admin = options(connect(), pending)
    assert "can be set only once" in admin[Action.APPROVE_WINDOW]
    assert admin[Action.KILL] == "the session is not running"
    none = options(connect(), gateway.store.names["shell-vim"])
    assert none[Action.APPROVE] == "the session has no review"
    assert none[Action.METADATA] == "only its owner may edit it"
    assert own[Action.METADATA] == ""
    session, me = connect().read.session(pending), connect().read.current_user()
    assert not any(option.allowed for option in review_options(session, me, read_only=True))


def test_own_session_of_an_admin_can_be_approved(connect, gateway: LoopbackGateway, pending: str) -> None:
    client = connect(ADMIN_OWNER.token)
    assert client.read.current_user().owns(client.read.session(pending))
    assert options(client, pending)[Action.APPROVE] == ""
    assert decide(client, pending, Action.APPROVE).status == "APPROVED"


def test_approving_and_rejecting_with_a_reason(client: GatewayClient, gateway: LoopbackGateway, pending: str) -> None:
    review = decide(client, pending, Action.APPROVE)
    assert (review.status, review.approvals) == ("APPROVED", (2, 2))
    other = gateway.store.copy_of("exec-review-pending", review=copy.deepcopy(_fresh(gateway)))
    review = decide(client, other, Action.REJECT, reason="no ticket\n")
    assert (review.status, review.rejection_reason) == ("REJECTED", "no ticket")
    assert gateway.seen[-1].body == {"status": "REJECTED", "force_review": False, "rejection_reason": "no ticket"}


def _fresh(gateway: LoopbackGateway) -> dict:
    review = copy.deepcopy(gateway.session("exec-review-pending")["review"])
    review.update(status="PENDING", time_window=None)
    return review


def test_approving_in_a_time_window_and_by_force(client: GatewayClient, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.copy_of("exec-review-pending", review=_fresh(gateway))
    review = decide(client, session_id, Action.APPROVE_WINDOW, window="22:00-04:00")
    assert review.time_window is not None
    assert [f"{hour:%H:%M}" for hour in review.time_window.hours or ()] == ["22:00", "04:00"]
    forced = gateway.store.copy_of("exec-review-pending", review=_fresh(gateway))
    assert decide(client, forced, Action.FORCE).groups[0].forced_review
    assert gateway.seen[-1].body == {"status": "APPROVED", "force_review": True}


def test_refusals_are_told_in_the_gateways_words(connect, gateway: LoopbackGateway, pending: str) -> None:
    with pytest.raises(BadRequest, match="unable to self approve review"):
        decide(connect(OWNER.token), pending, Action.APPROVE)
    with pytest.raises(BadRequest, match="not eligible for review"):
        decide(connect(REVIEWER.token), pending, Action.APPROVE, force=True)
    with pytest.raises(GatewayError, match="time window can only be set once"):
        decide(connect(), pending, Action.APPROVE, window="08:00-09:00")
    decide(connect(), pending, Action.REJECT)
    with pytest.raises(BadRequest, match="review is in wrong state"):
        decide(connect(), pending, Action.APPROVE)


@pytest.mark.parametrize("text", ["", "9-10", "24:00-01:00", "08:00-08:00", "08:00", "08:60-09:00"])
def test_a_window_that_is_none_is_not_sent(client: GatewayClient, gateway: LoopbackGateway, text: str) -> None:
    with pytest.raises(UsageError):
        decide(client, gateway.store.names["exec-review-pending"], Action.APPROVE, window=text)
    assert gateway.seen == []
    assert parse_window("22:00-04:00") == ("22:00", "04:00")


def test_running_an_approved_session(connect, gateway: LoopbackGateway, pending: str) -> None:
    review = gateway.session(pending)["review"]
    owner = connect(OWNER.token)
    with pytest.raises(Forbidden, match="not approved"):
        owner.write.run(pending)
    review.update(status="APPROVED", time_window=None)
    assert options(owner, pending)[Action.RUN] == ""
    result = owner.write.run(pending)
    assert (result.output, result.exit_code, result.running) == ("DELETE 12\n", 0, False)
    review.update(status="APPROVED")
    gateway.slow_runs = True
    assert owner.write.run(pending).running
    with pytest.raises(Conflict, match="already being processed"):
        owner.write.run(pending)
    review["type"] = "jit"
    with pytest.raises(NotFound):
        owner.write.run(pending)


def test_run_by_an_admin_of_a_session_not_own_is_allowed(connect, gateway: LoopbackGateway, pending: str) -> None:
    gateway.session(pending)["review"].update(status="APPROVED", time_window=None)
    assert options(connect(REVIEWER.token), pending)[Action.RUN] == "only its owner may run it"
    with pytest.raises(Forbidden):
        connect(REVIEWER.token).write.run(pending)
    admin = connect()
    assert not admin.read.current_user().owns(admin.read.session(pending))
    assert options(admin, pending)[Action.RUN] == ""
    assert admin.write.run(pending).exit_code == 0


def test_reject_by_an_admin_in_no_group_is_allowed(connect, gateway: LoopbackGateway, pending: str) -> None:
    review = gateway.session(pending)["review"]
    review["review_groups_data"] = [group for group in review["review_groups_data"] if group["group"] == "dba"]
    assert options(connect(), pending)[Action.APPROVE] == "you are not in dba"
    assert options(connect(), pending)[Action.REJECT] == ""
    assert decide(connect(), pending, Action.REJECT).status == "REJECTED"


def test_kill_by_the_owner_is_allowed(connect, gateway: LoopbackGateway) -> None:
    running = gateway.store.copy_of("exec-review-pending", status="open")
    assert options(connect(OWNER.token), running)[Action.KILL] == ""
    connect(OWNER.token).write.kill(running)
    assert gateway.session(running)["status"] == "done"


def test_metadata_without_owner_and_email_is_refused() -> None:
    reasons = {option.action: option.reason for option in review_options(Session.parse({}), CurrentUser())}
    assert reasons[Action.METADATA] == "only its owner may edit it"


def test_run_of_a_jit_review_is_not_offered(connect, gateway: LoopbackGateway, pending: str) -> None:
    gateway.session(pending)["review"].update(status="APPROVED", type="jit", time_window=None)
    assert options(connect(OWNER.token), pending)[Action.RUN] == "only a one-time session is run from here"


def test_decide_with_a_blank_reason_sends_none(client: GatewayClient, gateway: LoopbackGateway, pending: str) -> None:
    decide(client, pending, Action.REJECT, reason=" \n")
    assert gateway.seen[-1].body == {"status": "REJECTED", "force_review": False}


def test_a_shut_window_is_said(connect, gateway: LoopbackGateway, pending: str) -> None:
    session = gateway.session(pending)
    session["review"]["status"] = "APPROVED"
    me, read = connect(OWNER.token).read.current_user(), Session.parse(session)
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    found = {option.action: option.reason for option in review_options(read, me, now=noon)}
    assert found[Action.RUN] == "its time window is shut, it opens in 10 h 00 min"


def test_killing_and_editing_metadata(connect, gateway: LoopbackGateway, pending: str) -> None:
    client, running = connect(), gateway.store.names["open-shell"]
    assert options(client, running)[Action.KILL] == ""
    client.write.kill(running)
    assert gateway.session(running)["status"] == "done"
    with pytest.raises(BadRequest, match="not running"):
        client.write.kill(running)
    reviewed = gateway.store.copy_of("exec-review-pending", status="open")
    assert options(connect(REVIEWER.token), reviewed)[Action.KILL].startswith("only its owner or an administrator")
    with pytest.raises(NotFound, match="session not found"):
        connect(REVIEWER.token).write.kill(reviewed)
    with pytest.raises(NotFound):
        client.write.set_metadata(pending, {"ticket": "OPS-1"})  # an administrator, but not its owner
    connect(OWNER.token).write.set_metadata(pending, {"ticket": "OPS-1"})
    assert gateway.session(pending)["metadata"] == {"ticket": "OPS-1"}
    assert gateway.seen[-1].body == {"metadata": {"ticket": "OPS-1"}}


def test_what_an_action_does_is_said(client: GatewayClient, pending: str) -> None:
    session, me = client.read.session(pending), client.read.current_user()
    assert confirmation_text(Action.APPROVE, session, me) == (
        "Approve Kim Owner's session on pgdemo for admin (1 of 2 approvals so far)."
    )
    assert all(confirmation_text(action, session, me).endswith(".") or action is Action.RUN for action in Action)
    assert ADMIN.token not in confirmation_text(Action.RUN, session, me)
