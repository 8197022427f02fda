"""`review`: always sent, never without confirmation; refusals show the gateway's message."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.cli import review
from tests.cli.gateway_runs import ADMIN, AUDITOR, OWNER, REVIEWER, Asking
from tests.support.gateway import Fault
from tests.support.gateway.connections import Connection


@pytest.fixture
def pending(ask: Asking) -> str:
    return ask.gateway.store.names["exec-review-pending"]


def sent(ask: Asking, session: str) -> list[object]:
    return [seen.body for seen in ask.gateway.asked(f"/sessions/{session}/review")]


def test_approve_prints_new_state(ask: Asking, pending: str) -> None:
    ran = ask("review", pending, "approve", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Review · ✓ APPROVED 2 of 2\n")
    assert sent(ask, pending) == [{"status": "APPROVED", "force_review": False}]


def test_reject_by_page_address_sends_reason(ask: Asking, pending: str) -> None:
    ran = ask("review", f"{ask.gateway.url}/sessions/{pending}", "reject", "--reason", "no ticket\x1b[2J", "--yes")
    assert ran.code == 0, ran.err
    assert "REJECTED" in ran.out
    assert "no ticket\u241b[2J" in ran.out
    assert sent(ask, pending)[0]["rejection_reason"] == "no ticket\x1b[2J"


def test_approve_sends_window_and_force(ask: Asking) -> None:
    session = ask.gateway.session("exec-review-pending")
    del session["review"]["time_window"]
    ran = ask("review", session["id"], "approve", "--window", "22:00-04:00", "--force", "--yes")
    assert ran.code == 0, ran.err
    assert "22:00-04:00 UTC" in ran.out
    assert "forced" in ran.out
    assert sent(ask, session["id"])[0] == {
        "status": "APPROVED",
        "force_review": True,
        "time_window": {"type": "time_range", "configuration": {"start_time": "22:00", "end_time": "04:00"}},
    }


@pytest.mark.parametrize(
    ("who", "decision", "words"),
    [
        (OWNER, "approve", "unable to self approve review"),
        (AUDITOR, "approve", "access denied. Auditors can only view. The review is PENDING 1 of 2."),
        (ADMIN, "revoke", "review is in wrong state"),
    ],
)
def test_refusal_prints_gateway_message(ask: Asking, pending: str, who, decision: str, words: str) -> None:
    assert words in ask.fails("review", pending, decision, "--yes", who=who)
    assert len(sent(ask, pending)) == 1


def test_review_on_terminal_asks(ask: Asking, pending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "can_ask", lambda: True)
    ran = ask("review", pending, "reject", stdin="too broad\nn\n")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Reject Kim Owner's session on ")
    assert ran.err.endswith("Nothing was sent.\n")
    assert not sent(ask, pending)
    ran = ask("review", pending, "reject", stdin="too broad\ny\n")
    assert ran.code == 0
    assert sent(ask, pending)[0]["rejection_reason"] == "too broad"
    ran = ask("review", pending, "approve", stdin="y\n")
    assert ran.code == 4
    assert "will probably reject this: the review is rejected." in ran.err
    assert len(sent(ask, pending)) == 2


def test_review_aborted_question_exits_130(ask: Asking, pending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "can_ask", lambda: True)
    assert ask("review", pending, "approve", stdin="").code == 130
    assert not sent(ask, pending)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["approve"], "--yes"),
        (["approve", "--window", "9-17", "--yes"], "HH:MM-HH:MM"),
        (["approve", "--window", "09:00-09:00", "--yes"], "different start and end times"),
        (["reject", "--force", "--yes"], "--force"),
        (["revoke", "--window", "09:00-10:00", "--yes"], "--window"),
        (["maybe", "--yes"], "maybe"),
        ([], "approve|reject|revoke"),
    ],
)
def test_review_invalid_options_fail(ask: Asking, pending: str, words: list[str], named: str) -> None:
    assert named in ask.fails("review", pending, *words, code=2)
    assert not ask.gateway.seen


def test_review_with_read_only_settings_sends_nothing(ask: Asking, pending: str, tmp_path: Path) -> None:
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text("read_only = true\n")
    assert "read_only = true" in ask.fails("review", pending, "approve", "--yes")
    assert not ask.gateway.seen


def test_review_failed_is_not_retried(ask: Asking, pending: str) -> None:
    ask.gateway.fault(f"/sessions/{pending}/review", *[Fault(status=502)] * 3)
    ask.fails("review", pending, "approve", "--yes", who=REVIEWER)
    assert len(sent(ask, pending)) == 1
    ask.gateway.fault(f"/sessions/{pending}/review", None, Fault(cut_at=10))
    assert ask("review", pending, "approve", "--yes", who=REVIEWER).code in (0, 4)


def test_approve_counted_but_pending_exits_1(ask: Asking, pending: str) -> None:
    review = ask.gateway.session(pending)["review"]
    for group in review["review_groups_data"]:
        group.update(status="PENDING", reviewed_by=None, review_date=None)
    ran = ask("review", pending, "approve", "--yes", who=REVIEWER)
    assert ran.code == 1
    assert "You approved it for dba; the review is still PENDING 1 of 2." in ran.err
    assert ran.out.startswith("Review · ◔ PENDING 1 of 2\n")


def test_approve_outside_the_groups_says_nothing_changed(ask: Asking, pending: str) -> None:
    review = ask.gateway.session(pending)["review"]
    review["review_groups_data"] = [group for group in review["review_groups_data"] if group["group"] == "dba"]
    review["review_groups_data"][0].update(status="PENDING", reviewed_by=None)
    ran = ask("review", pending, "approve", "--yes")
    assert (ran.code, "Nothing changed: you are in none of its groups (dba)" in ran.err) == (1, True)


@pytest.mark.parametrize("fault", [Fault(status=502), Fault(body=b"{}"), Fault(body=b"[1]")])
def test_review_lost_answer_reports_the_state(ask: Asking, pending: str, fault: Fault) -> None:
    ask.gateway.fault(f"/sessions/{pending}/review", fault)
    said = ask.fails("review", pending, "approve", "--yes")
    assert "the decision was not made so far, the review is PENDING 1 of 2" in said
    assert "try again" not in said
    assert len(sent(ask, pending)) == 1


def test_review_lost_after_the_change_exits_0(ask: Asking, pending: str) -> None:
    ask.gateway.fault(f"/sessions/{pending}/review", Fault(cut_at=5))
    ran = ask("review", pending, "approve", "--yes")
    assert (ran.code, "The decision was made nevertheless" in ran.err) == (0, True)
    assert "APPROVED 2 of 2" in ran.out


def test_review_500_refusal_prints_gateway_message(ask: Asking, pending: str) -> None:
    said = ask.fails("review", pending, "approve", "--window", "08:00-09:00", "--yes")
    assert "time window can only be set once. The review is PENDING 1 of 2." in said
    assert "try again" not in said


def test_show_reads_the_connections_approval_settings(ask: Asking, pending: str) -> None:
    review = ask.gateway.session(pending)["review"]
    review.update(access_request_rule_name=None, min_approvals=5, force_approval_groups=["nobody"])
    ask.gateway.store.connections["pgdemo"] = Connection("pgdemo", 2, ("leads",))
    ran = ask("show", pending)
    assert "PENDING 1 of 2" in ran.out
    assert "leads" in ran.out
    assert "nobody" not in ran.out
    ask.gateway.fault("/connections/pgdemo", *[Fault(status=403)] * 3)
    ran = ask("show", pending)
    assert "PENDING 1 approval\n" in ran.out
