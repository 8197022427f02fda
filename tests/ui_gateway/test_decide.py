"""Deciding from the keyboard: asked, sent, shown; what is not allowed is said and never sent."""

from __future__ import annotations

from replay_tui.ui.app import ReplayApp
from replay_tui.ui.loader import SessionRef
from tests.support.clock import FakeClock
from tests.support.gateway import ADMIN, OWNER, REVIEWER, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start

PENDING = "exec-review-pending"


def changes(gateway: LoopbackGateway, name: str) -> list[str]:
    session_id = gateway.store.names[name]
    return [seen.method for seen in gateway.asked(f"/sessions/{session_id}/review") if seen.method == "PUT"]


async def test_reject_with_a_reason(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING 1 of 2")
        await running.press("R")
        await running.sees("Reject Kim Owner's session")
        await running.press("enter")
        await running.sees("needs a reason")
        assert changes(gateway, PENDING) == []
        await running.write("needs a where")
        await running.sees("REJECTED", "needs a where")
        assert changes(gateway, PENDING) == ["PUT"]


async def test_approve_asks_first_and_no_means_no(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        await running.press("A")
        await running.sees("Approve Kim Owner's session", "y  do it")
        await running.press("n")
        await running.until(lambda: "y  do it" not in running.text)
        assert changes(gateway, PENDING) == []
        await running.press("A")
        await running.sees("y  do it")
        await running.press("y")
        await running.sees("APPROVED 2 of 2")


async def test_what_is_not_allowed_says_why_and_sends_nothing(start: Start, gateway: LoopbackGateway) -> None:
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


async def test_the_gateways_refusal_is_shown_in_its_words(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, PENDING) as running:
        await running.sees("PENDING")
        session_id = gateway.store.names[PENDING]
        gateway.fault(f"/sessions/{session_id}/review", Fault(status=400, message="unable to self approve review"))
        await running.press("A")
        await running.sees("y  do it")
        await running.press("y")
        await running.sees("unable to self approve review")
        assert "PENDING" in running.text


async def test_other_actions_are_listed_with_reasons(start: Start) -> None:
    async with start(REVIEWER, PENDING) as running:
        await running.sees("PENDING")
        await running.press("exclamation_mark")
        await running.sees("force approval", "edit metadata", "not running")


async def test_revoke_access(start: Start) -> None:
    async with start(ADMIN, "pg-psql") as running:
        await running.sees("APPROVED")
        await running.press("V")
        await running.sees("y  do it")
        await running.press("y")
        await running.sees("REVOKED")


async def test_a_saved_file_has_nothing_to_decide() -> None:
    app = ReplayApp([SessionRef("fixtures/sessions/pg-psql.json")], clock=FakeClock())
    async with app.run_test(size=(120, 36)) as pilot:
        running = Running(app, pilot)
        await running.sees("APPROVED")
        await running.press("R")
        await running.sees("need the gateway")
