"""Sentences about review decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from replay_tui.domain.decision import DecisionOutcome
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.review import Action, ActionAvailability, Denial, DenialCode
from replay_tui.domain.session import Session
from replay_tui.presenters.decision import action_details, confirmation_text, decision_text
from replay_tui.presenters.document import Field
from replay_tui.presenters.review import approvals_text, denial_text, is_stuck, review_section
from tests.support.fixtures import FIXTURES

GROUPS = ["admin"]


def session(**fields: Any) -> Session:
    groups = [{"group": "dba", "status": "APPROVED"}, {"group": "admin", "status": "PENDING"}]
    review = {"status": "PENDING", "access_request_rule_name": "r", "review_groups_data": groups}
    return Session.parse({"user_name": "Kim Owner", "connection": "pgdemo", "review": review, **fields})


REASONS = [
    (Action.APPROVE, Denial(DenialCode.READ_ONLY), "read-only mode"),
    (Action.KILL, Denial(DenialCode.AUDITOR), "auditors can only view"),
    (Action.APPROVE, Denial(DenialCode.NO_REVIEW), "the session has no review"),
    (Action.APPROVE, Denial(DenialCode.REVIEW_CLOSED, status="REJECTED"), "the review is rejected"),
    (Action.APPROVE, Denial(DenialCode.REVIEW_CLOSED), "the review is in an unknown state"),
    (Action.APPROVE, Denial(DenialCode.ALREADY_APPROVED), "it is approved already"),
    (Action.RUN, Denial(DenialCode.NOT_APPROVED, status="PENDING"), "the review is pending, not approved"),
    (Action.APPROVE, Denial(DenialCode.OWN_SESSION), "it is your own session"),
    (
        Action.APPROVE_WINDOW,
        Denial(DenialCode.WINDOW_ALREADY_SET),
        "it has a time window already, and one can be set only once",
    ),
    (
        Action.RUN,
        Denial(DenialCode.OUTSIDE_WINDOW, seconds_until_open=36000.0),
        "outside the time window (opens in 10 h 00 min)",
    ),
    (Action.FORCE, Denial(DenialCode.NOT_IN_FORCE_GROUPS, groups=("admin", "dba")), "only admin, dba may force it"),
    (Action.FORCE, Denial(DenialCode.NOT_IN_FORCE_GROUPS), "only any of the groups may force it"),
    (Action.REJECT, Denial(DenialCode.NOT_IN_GROUPS, groups=("dba",)), "you are not in dba"),
    (Action.REJECT, Denial(DenialCode.NOT_IN_GROUPS), "you are not in any of the groups"),
    (Action.APPROVE, Denial(DenialCode.GROUPS_DECIDED, groups=("dba",)), "dba has decided already"),
    (Action.REVOKE, Denial(DenialCode.NOT_REVOCABLE), "only approved temporary access can be revoked"),
    (Action.RUN, Denial(DenialCode.NOT_ONE_TIME), "only a session reviewed for one run can be run here"),
    (Action.KILL, Denial(DenialCode.NOT_RUNNING), "the session is not running"),
    (Action.METADATA, Denial(DenialCode.NOT_OWNER), "only its owner may edit it"),
    (Action.RUN, Denial(DenialCode.NOT_OWNER), "only its owner may run it"),
    (Action.KILL, Denial(DenialCode.NOT_OWNER_OR_ADMIN), "only its owner or an administrator may end it"),
]


@pytest.mark.parametrize(("action", "denial", "text"), REASONS)
def test_denial_text_names_the_reason(action: Action, denial: Denial, text: str) -> None:
    assert denial_text(ActionAvailability(action, denial)) == text


def test_denial_text_covers_every_code() -> None:
    assert {denial.code for _, denial, _ in REASONS} == set(DenialCode)


def test_denial_text_of_an_allowed_action_is_empty() -> None:
    assert denial_text(ActionAvailability(Action.APPROVE)) == ""


def test_denial_text_sanitizes_received_values() -> None:
    for code in (DenialCode.NOT_IN_GROUPS, DenialCode.REVIEW_CLOSED):
        denial = Denial(code, status="\x1b[2J", groups=("\x1b[2J\u202e",))
        text = denial_text(ActionAvailability(Action.APPROVE, denial))
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_confirmation_text_names_session_and_approvals() -> None:
    assert confirmation_text(Action.APPROVE, session(), GROUPS) == (
        "Approve Kim Owner's session on pgdemo for admin (1 of 2 approvals so far)."
    )
    assert confirmation_text(Action.REVOKE, session(), GROUPS) == (
        "Revoke the access that was granted for Kim Owner's session on pgdemo."
    )


def test_confirmation_text_is_a_sentence_for_each_action() -> None:
    for action in Action:
        text = confirmation_text(action, session(), GROUPS)
        assert "Kim Owner's session on pgdemo" in text
        assert action is Action.RUN or text.endswith(".")


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_action_details_hold_the_whole_script() -> None:
    script = "\n".join(f"DELETE FROM t{number};" for number in range(5000))
    text = action_details(session(script={"data": script}, user="kim@example.com"), NOW, window="22:00-04:00").lines
    text = "\n".join(text)
    assert script in text
    assert "Kim Owner (kim@example.com)" in text
    assert "PENDING 1 of 2, waiting for admin" in text
    assert "22:00-04:00 UTC (the gateway runs it before midnight only)" in text


def reviewed(status: str, *groups: tuple[str, str], **fields: Any) -> Session:
    rows = [{"group": name, "status": state} for name, state in groups]
    return Session.parse({"review": {"status": status, "review_groups_data": rows, **fields}})


@pytest.mark.parametrize("status", ["PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN"])
@pytest.mark.parametrize("needed", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("given", [0, 1, 2])
def test_approvals_text_never_contradicts_status(status: str, needed: int | None, given: int) -> None:
    groups = [(f"g{number}", "APPROVED" if number < given else "PENDING") for number in range(2)]
    review = reviewed(status, *groups, access_request_rule_name="r", min_approvals=needed).fields.review
    assert review is not None
    text = approvals_text(review)
    found = re.fullmatch(r"(\d+) of (\d+)", text)
    if found and status == "PENDING":
        assert int(found[1]) < int(found[2])
    elif found:
        assert status not in ("REJECTED", "REVOKED")
        assert found[1] == found[2]
    assert is_stuck(review) == (status == "PENDING" and given > min(2 if needed is None else needed, 2))


def test_decision_text_says_whether_the_vote_counted() -> None:
    def said(session: Session | None, groups: Sequence[str], counted: bool, **more: Any) -> str:
        failure = GatewayError(more["failure"]) if "failure" in more else None
        refused = more.get("is_refusal", False)
        return decision_text(
            DecisionOutcome(Action.APPROVE, session, None, tuple(groups), False, counted, failure, refused)
        )

    rule = {"access_request_rule_name": "r"}
    pending = reviewed("PENDING", ("dba", "APPROVED"), ("sre", "PENDING"), **rule)
    assert (
        said(reviewed("APPROVED", ("dba", "APPROVED"), **rule), ["dba"], True) == "The review is now APPROVED 1 of 1."
    )
    assert said(pending, ["dba"], True) == "You approved it for dba; the review is still PENDING 1 of 2."
    assert said(pending, [], False) == (
        "Nothing changed: you are in none of its groups (dba, sre); the review is still PENDING 1 of 2."
    )
    stuck = reviewed("PENDING", ("dba", "APPROVED"), ("sre", "APPROVED"), min_approvals=1, **rule)
    assert "2 groups have approved where 1 is needed" in said(stuck, ["dba", "sre"], True)
    assert "cannot be read" in said(None, [], False)
    lost = "The connection broke. The change may have been made; check the session before you send it again."
    assert said(None, [], False, failure=lost) == lost
    assert said(pending, ["dba"], False, failure=lost) == (
        "The connection broke. Read again: the decision was not made so far, the review is PENDING 1 of 2."
    )
    assert "The decision was made nevertheless" in said(pending, ["dba"], True, failure=lost)
    refused = said(pending, ["dba"], False, failure="The gateway refused this: no.", is_refusal=True)
    assert refused == "The gateway refused this: no. The review is PENDING 1 of 2."


def test_review_section_revoked_shows_revocation_and_plan() -> None:
    review = json.loads((FIXTURES / "gateway" / "revoked.json").read_bytes())["review"]
    section = review_section(Session.parse({"review": review}).fields.review, NOW, "utc")
    fields = {part.label: part.value for part in section.parts if isinstance(part, Field)}
    assert fields["revoked"] == "2026-11-20 09:40:00 UTC by Kim"
    assert fields["access until"] == "2026-11-20 10:30:00 UTC (planned)"
    assert section.headline.endswith("REVOKED")


def test_review_section_of_one_time_review_has_no_end() -> None:
    session = reviewed("APPROVED", ("dba", "APPROVED"), type="onetime", revoke_at="2026-11-21T08:01:00Z")
    section = review_section(session.fields.review, NOW, "utc")
    assert not any("08:01" in getattr(part, "value", "") for part in section.parts)


def test_confirmation_text_warns_of_too_many_approvals() -> None:
    groups = (("dba", "PENDING"), ("sre", "PENDING"))
    waiting = reviewed("PENDING", *groups, access_request_rule_name="r", min_approvals=1)
    assert "the gateway will leave the review pending" in confirmation_text(Action.APPROVE, waiting, ["dba", "sre"])
    assert "pending" not in confirmation_text(Action.APPROVE, waiting, ["dba"])
