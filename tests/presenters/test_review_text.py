"""Sentences about review decisions."""

from __future__ import annotations

from typing import Any

import pytest

from replay_tui.domain.review import Action, ActionAvailability, Denial, DenialCode
from replay_tui.domain.session import Session
from replay_tui.presenters.review import confirmation_text, denial_text, inside_window_text

GROUPS = ["admin"]


def session(**fields: Any) -> Session:
    groups = [{"group": "dba", "status": "APPROVED"}, {"group": "admin", "status": "PENDING"}]
    review = {"status": "PENDING", "review_groups_data": groups}
    return Session.parse({"user_name": "Kim Owner", "connection": "pgdemo", "review": review, **fields})


REASONS = [
    (Action.APPROVE, Denial(DenialCode.READ_ONLY), "read-only mode"),
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


def test_inside_window_text_names_the_remaining_time() -> None:
    assert inside_window_text(7500) == "inside the time window (closes in 2 h 05 min)"


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


def test_confirmation_text_of_a_run_truncates_the_script() -> None:
    text = confirmation_text(Action.RUN, session(script={"data": "x" * 500 + "\x1b"}), GROUPS)
    assert text == "Run Kim Owner's session on pgdemo now: " + "x" * 80
