"""Review actions from the keyboard: confirmed, sent, shown; denied actions are explained and never sent."""

from __future__ import annotations

import pytest

from replay_tui.gateway.account import Execution
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.controllers.review import execution_text
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.support.gateway import ADMIN, OWNER, REVIEWER, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start

pytestmark = pytest.mark.slow

PENDING = "exec-review-pending"


def changes(gateway: LoopbackGateway, name: str) -> list[str]:
    session_id = gateway.store.names[name]
    return [seen.method for seen in gateway.asked(f"/sessions/{session_id}/review") if seen.method == "PUT"]


async def choose(running: Running, position: int) -> None:
    """Open the list of actions, which needs the current user, and choose one."""
    await running.press("exclamation_mark")
    await running.sees("Actions")
    await running.press(*["down"] * position, "enter")


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
        await running.sees("Approve Kim Owner's session", "y Approve")
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
        await choose(running, 1)
        await running.sees("Approve in a time window", "Kim Owner's session", "Hours in UTC")
        await running.write("9-10")
        await running.sees("is not a time window")
        await running.press("home", "shift+end", "delete")
        await running.write("22:00-04:00")
        await running.sees("APPROVED 2 of 2", "22:00-04:00 UTC")


async def approved(gateway: LoopbackGateway) -> str:
    gateway.session(PENDING)["review"].update(status="APPROVED", time_window=None)
    return gateway.store.names[PENDING]


async def test_run_shows_output_and_recording(start: Start, gateway: LoopbackGateway) -> None:
    await approved(gateway)
    async with start(OWNER, PENDING) as running:
        await running.sees("APPROVED", "Nothing to replay")
        await choose(running, 5)
        await running.sees("Run Kim Owner's session on pgdemo now")
        await running.press("y")
        await running.sees("success, exit code 0", "DELETE 12")
        await running.press("escape")
        await running.until(lambda: "Nothing to replay" not in running.text and "DELETE 12" in running.text)
        await running.sees("EXECUTED")


async def test_run_still_running_shows_notice(start: Start, gateway: LoopbackGateway) -> None:
    session_id = await approved(gateway)
    gateway.slow_runs = True
    async with start(OWNER, PENDING) as running:
        await running.sees("APPROVED")
        await choose(running, 5)
        await running.sees("y Run")
        await running.press("y")
        await running.sees("Session still running", "stopped waiting after 50 seconds")
        assert len(gateway.asked(f"/sessions/{session_id}/exec")) == 1


async def test_kill_and_metadata_are_sent(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, "open-shell") as running:
        await running.sees("LIVE")
        await choose(running, 6)
        await running.sees("End Bo Lind's session on bastion now")
        await running.press("y")
        await running.sees("ENDED")
    async with start(OWNER, PENDING) as running:
        await running.sees("PENDING")
        await choose(running, 7)
        await running.sees("Replace the metadata of Kim Owner's session")
        await running.press("home", "shift+end", "delete")
        await running.write('["x"]')
        await running.sees("Not a JSON object")
        await running.press("home", "shift+end", "delete")
        await running.write('{"ticket":"OPS-9"}')
        await running.sees("OPS-9", "The metadata is saved")
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
