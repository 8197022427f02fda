"""Review actions from the keyboard: confirmed, sent, shown; denied actions are explained and never sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from replay_tui.domain.review import Action
from replay_tui.gateway.account import Execution
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.controllers.review import execution_text
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets.choice_bar import ChoiceButton
from tests.support.clock import FakeClock, WaitlessClock
from tests.support.gateway import ADMIN, AUDITOR, OWNER, REVIEWER, Fault, LoopbackGateway
from tests.support.gateway.connections import Connection
from tests.ui_gateway.conftest import Running, Start

pytestmark = pytest.mark.slow

PENDING = "exec-review-pending"


def changes(gateway: LoopbackGateway, name: str) -> list[str]:
    session_id = gateway.store.names[name]
    return [seen.method for seen in gateway.asked(f"/sessions/{session_id}/review") if seen.method == "PUT"]


async def test_reject_sends_reason(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING 1 of 2")
        await running.press("R")
        await running.sees("Reject Kim Owner's session")
        await running.press("enter")
        await running.sees("Enter the reason")
        assert changes(gateway, PENDING) == []
        await running.write("needs a where")
        await running.sees("REJECTED", "needs a where", "its review rejected it")
        assert changes(gateway, PENDING) == ["PUT"]


async def test_approve_unconfirmed_sends_nothing(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        await running.press("A")
        await running.sees("Approve Kim Owner's session", "y Approve", "n or esc Cancel", "enter changes nothing")
        await running.press("n")
        await running.until(lambda: "y Approve" not in running.text)
        assert changes(gateway, PENDING) == []
        await running.press("A")
        await running.sees("y Approve")
        await running.press("y")
        await running.sees("APPROVED 2 of 2")


async def test_denied_action_shows_reason_and_sends_nothing(start: Start, gateway: LoopbackGateway) -> None:
    async with start(OWNER, PENDING) as running:
        await running.sees("PENDING")
        await running.press("A")
        await running.sees("your own session")
        await running.press("V")
        await running.sees("can be revoked")
        assert changes(gateway, PENDING) == []


async def test_read_only_sends_no_change(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING, read_only=True) as running:
        await running.sees("PENDING")
        await running.press("A")
        await running.sees("read-only mode")
        assert changes(gateway, PENDING) == []


async def test_refusal_shows_gateway_message(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        session_id = gateway.store.names[PENDING]
        gateway.fault(f"/sessions/{session_id}/review", Fault(status=400, message="unable to self approve review"))
        await running.press("A")
        await running.sees("y Approve")
        await running.press("y")
        await running.sees("unable to self approve review")
        assert "PENDING" in running.text


async def test_actions_list_shows_denial_reasons(start: Start) -> None:
    async with start(REVIEWER, PENDING) as running:
        await running.sees("PENDING")
        await running.press("exclamation_mark")
        await running.sees("(approve)  dba has decided already", "(force approval)  only admin may force it")
        await running.sees(
            "(kill)  the session is not running", "(edit metadata)  only its owner may edit it", "reject"
        )


async def test_approve_in_window_sends_hours(start: Start, gateway: LoopbackGateway) -> None:
    gateway.session(PENDING)["review"]["time_window"] = None
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        await running.choose(Action.APPROVE_WINDOW)
        await running.sees("Approve in a time window", "Kim Owner's session", "Hours in UTC")
        await running.write("9-10")
        await running.sees("is not a time window")
        await running.press("home", "shift+end", "delete")
        await running.write("22:00-04:00")
        await running.sees("before midnight only", "VACUUM payments", "y Approve in a time window")
        assert changes(gateway, PENDING) == []
        await running.press("y")
        await running.sees("APPROVED 2 of 2", "22:00-04:00 UTC")


async def approved(gateway: LoopbackGateway) -> str:
    gateway.session(PENDING)["review"].update(status="APPROVED", time_window=None)
    return gateway.store.names[PENDING]


async def test_run_shows_output_and_recording(start: Start, gateway: LoopbackGateway) -> None:
    await approved(gateway)
    async with start(OWNER, PENDING) as running:
        await running.sees("APPROVED", "Nothing to replay")
        await running.choose(Action.RUN)
        await running.sees("Run Kim Owner's session on pgdemo now")
        await running.press("y")
        await running.sees("success, exit code 0", "DELETE 12")
        await running.press("escape")
        await running.until(lambda: "Nothing to replay" not in running.text and "DELETE 12" in running.text)
        await running.sees("EXECUTED")


async def test_run_window_is_compared_with_the_gateways_clock(start: Start, gateway: LoopbackGateway) -> None:
    await approved(gateway)
    now = datetime.now(UTC)
    hour = 12 if abs(now.hour - 12) > 3 else 20
    gateway.clock_ahead = (now.replace(hour=hour, minute=0) - now).total_seconds()
    hours = {"start_time": f"{hour - 1}:00", "end_time": f"{hour + 1}:00"}
    gateway.session(PENDING)["review"]["time_window"] = {"type": "time_range", "configuration": hours}
    async with start(OWNER, PENDING) as running:
        await running.sees("APPROVED", "open, closes")
        await running.choose(Action.RUN)
        await running.sees("Run Kim Owner's session on pgdemo now")


async def test_run_still_running_shows_notice(start: Start, gateway: LoopbackGateway) -> None:
    session_id = await approved(gateway)
    gateway.slow_runs = True
    async with start(OWNER, PENDING) as running:
        await running.sees("APPROVED")
        await running.choose(Action.RUN)
        await running.sees("y Run")
        await running.press("y")
        await running.sees("Session still running", "stopped waiting after 50 seconds")
        assert len(gateway.asked(f"/sessions/{session_id}/exec")) == 1


async def test_kill_and_metadata_are_sent(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("End Bo Lind's session on bastion now", "can destroy the recording", "s or enter Save")
        await running.press("y")
        await running.sees("ENDED")
    async with start(OWNER, PENDING) as running:
        await running.sees("PENDING")
        await running.choose(Action.METADATA)
        await running.sees("Replace the metadata of Kim Owner's session")
        await running.press("home", "shift+end", "delete")
        await running.write('["x"]')
        await running.sees("Not a JSON object")
        await running.press("home", "shift+end", "delete")
        await running.write('{"ticket":"OPS-9"}')
        await running.sees("The metadata is saved")
        await running.press("d")
        await running.sees("OPS-9")
        assert gateway.session(PENDING)["metadata"] == {"ticket": "OPS-9"}


def test_execution_text_has_status_and_output() -> None:
    cut = Execution("id", False, "rows\n", "failed", 1, truncated=True)
    assert execution_text(cut).startswith("failed, exit code 1; the gateway truncated the output")
    assert "No output." in execution_text(Execution("id", False, status="success"))


async def test_revoke_is_sent(start: Start) -> None:
    async with start(ADMIN, "pg-psql") as running:
        await running.sees("APPROVED")
        await running.press("V")
        await running.sees("y Revoke")
        await running.press("y")
        await running.sees("REVOKED")


async def test_saved_file_has_no_review_actions() -> None:
    clock = FakeClock()
    app = ReplayApp([SessionRef("fixtures/sessions/pg-psql.json")], clock=clock)
    async with app.run_test(size=(120, 36)) as pilot:
        running = Running(app, pilot, clock)
        await running.sees("APPROVED")
        await running.press("R")
        await running.sees("unavailable for saved sessions")


async def test_kill_saves_the_recording_first_by_default(
    start: Start, gateway: LoopbackGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = gateway.session("open-shell")
    before = list(session["event_stream"])
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("Save the recording first")
        await running.press("enter")
        await running.sees("The recording so far is saved in", "ENDED")
    assert json.loads((tmp_path / f"{session['id']}.json").read_text())["event_stream"] == before


async def test_kill_of_a_session_that_ended_sends_nothing(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session("open-shell")
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("can destroy the recording")
        session["status"] = "done"  # unnoticed by the follower
        await running.press("y")
        await running.sees("not running any more; nothing was sent")
    assert gateway.asked(f"/sessions/{session['id']}/kill") == []


async def test_kill_without_a_stored_recording_is_not_sent(
    start: Start, gateway: LoopbackGateway, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gateway.session("open-shell").update(event_stream=None, event_size=0)
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("Save the recording first")
        await running.press("enter")
        await running.sees("has stored no recording yet")
    assert gateway.asked(f"/sessions/{gateway.store.names['open-shell']}/kill") == []
    assert [*tmp_path.glob("*.json")] == []


async def test_kill_is_not_sent_if_another_session_is_read(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["open-shell"]
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("y Kill")
        other = {"id": "11111111-2222-4333-8444-555555555555", "status": "open"}
        gateway.fault(f"/sessions/{session_id}", *[Fault(status=200, body=json.dumps(other).encode())] * 5)
        await running.press("y")
        await running.sees("another session than the requested one")
    assert gateway.asked(f"/sessions/{session_id}/kill") == []


@pytest.mark.parametrize("is_made", [True, False])
async def test_lost_metadata_answer_shows_the_state(start: Start, gateway: LoopbackGateway, is_made: bool) -> None:
    path = f"/sessions/{gateway.store.names[PENDING]}/metadata"
    async with start(OWNER, PENDING) as running:
        await running.sees("PENDING")
        gateway.fault(path, Fault(status=502))
        await running.choose(Action.METADATA)
        await running.sees("Replace the metadata")
        await running.press("home", "shift+end", "delete")
        if is_made:
            gateway.session(PENDING)["metadata"] = {"ticket": "OPS-9"}
        await running.write('{"ticket":"OPS-9"}')
        await running.sees("the metadata is saved nevertheless" if is_made else "the metadata is not changed")
    assert len(gateway.asked(path)) == 1


async def test_kill_with_downloads_disabled_is_not_sent(start: Start, gateway: LoopbackGateway) -> None:
    gateway.downloads_disabled = True
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await running.choose(Action.KILL)
        await running.sees("Save the recording first")
        await running.press("s")
        await running.sees("Downloads are disabled on this gateway")
    assert gateway.asked(f"/sessions/{gateway.store.names['open-shell']}/kill") == []


async def test_auditor_can_only_view(start: Start, gateway: LoopbackGateway) -> None:
    async with start(AUDITOR, PENDING) as running:
        await running.sees("PENDING")
        await running.press("A")
        await running.sees("auditors can only view")
        assert changes(gateway, PENDING) == []


async def test_approve_dialog_scrolls_to_the_end_of_the_script(start: Start, gateway: LoopbackGateway) -> None:
    script = "\n".join(f"DELETE FROM t{number};" for number in range(200))
    gateway.session(PENDING)["script"]["data"] = script
    async with start(ADMIN, PENDING, size=(80, 24)) as running:
        await running.sees("review pending 1 of 2")
        await running.press("A")
        await running.sees("Approve Kim Owner", "script (200 lines)", "y Approve")
        await running.press("end")
        await running.sees("DELETE FROM t199;", "y Approve")


async def test_reject_dialog_shows_what_it_concerns(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(PENDING)
    session["script"]["data"] = "\n".join(f"DELETE FROM t{number};" for number in range(200))
    session["ai_analysis"] = {"risk_level": "high", "title": "Deletes everything"}
    async with start(ADMIN, PENDING, size=(80, 24)) as running:
        await running.sees("review pending 1 of 2")
        await running.press("R")
        await running.sees("Reject Kim Owner's session", "high: Deletes everything", "pgdemo", "script (200 lines)")
        await running.press(*["pagedown"] * 40)
        await running.sees("DELETE FROM t199;")
        await running.write("far too much")
        await running.sees("review rejected", "its review rejected it")
    assert session["review"]["rejection_reason"] == "far too much"


async def test_lost_answer_shows_the_state_read_again(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        gateway.fault(f"/sessions/{gateway.store.names[PENDING]}/review", Fault(cut_at=3))
        await running.press("A")
        await running.sees("y Approve")
        await running.press("y")
        await running.sees("The decision was made nevertheless: the review is APPROVED 2 of 2", "✓ APPROVED")
    assert changes(gateway, PENDING) == ["PUT"]


async def test_review_that_runs_is_followed(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(PENDING)
    session["review"]["status"] = "PROCESSING"
    async with start(OWNER, PENDING, retry=RetryPolicy(WaitlessClock(), jitter=lambda: 1.0)) as running:
        await running.sees("PROCESSING")
        session["review"]["status"] = "EXECUTED"
        await running.sees("The review is now EXECUTED")


async def test_panel_uses_the_connections_approval_settings(start: Start, gateway: LoopbackGateway) -> None:
    gateway.session(PENDING)["review"].update(access_request_rule_name=None, min_approvals=None)
    gateway.store.connections["pgdemo"] = Connection("pgdemo", 2, ("leads",))
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING 1 of 2", "leads")
        await running.press("exclamation_mark")
        await running.sees("only leads may force it")


async def test_click_on_button_answers(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        for button, sent in ((1, []), (0, ["PUT"])):
            await running.press("A")
            await running.sees("y Approve")
            running.app.screen.query(ChoiceButton)[button].on_click()
            await running.until(lambda: running.app.screen is running.replay, "the dialog is closed")
            await running.until(lambda sent=sent: changes(gateway, PENDING) == sent, str(sent))


async def test_actions_list_possible_ones_first(start: Start, gateway: LoopbackGateway) -> None:
    async with start(REVIEWER, PENDING) as running:
        await running.sees("PENDING")
        await running.press("exclamation_mark")
        await running.sees("Actions", "enter Choose")
        texts = [line.plain for line in running.widget("LineList").items]
        denied = [text.startswith("(") for text in texts]
        assert denied == sorted(denied)
        assert {True, False} == set(denied)
        assert all("  " in text for text in texts if text.startswith("(")), "each has its reason"
