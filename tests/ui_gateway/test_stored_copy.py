"""A closed session with a copy on this computer, opened while the gateway does not answer."""

from __future__ import annotations

import threading
from pathlib import Path

from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_cache import SessionCache
from replay_tui.settings.file_cache import FileCache
from replay_tui.ui.session_loader import REFRESH_SECONDS
from tests.support.clock import WaitlessClock
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Start

NAME = "pg-psql"


class HeldClock(WaitlessClock):
    """Clock whose wait for the gateway's return ends when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.held = threading.Event()

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        if seconds == REFRESH_SECONDS:
            while not cancel.is_set and not self.held.wait(0.02):
                pass
        super().wait(seconds, cancel)


async def test_stored_copy_is_refreshed_when_the_gateway_answers(
    start: Start, gateway: LoopbackGateway, tmp_path: Path
) -> None:
    folder, clock, session = tmp_path / "copies", HeldClock(), gateway.session(NAME)
    cache, retry = SessionCache(FileCache(folder, 1 << 26, ".session")), RetryPolicy(clock, jitter=lambda: 1.0)
    async with start(ADMIN, NAME, cache=cache, retry=retry) as running:
        await running.sees("APPROVED")
        await running.until(lambda: bool([*folder.glob("*.session")]), "the copy")
    session["review"]["status"] = "REVOKED"
    path = f"/sessions/{session['id']}"
    gateway.fault(path, *[Fault(status=503)] * 20)
    async with start(ADMIN, NAME, cache=cache, retry=retry) as running:
        await running.sees("the gateway did not answer; the copy received", "✓ APPROVED")
        gateway.mend(path)
        clock.held.set()
        await running.sees("The gateway answers again", "REVOKED")
        await running.until(lambda: "the gateway did not answer" not in running.text, "no warning")
    assert len([one for one in gateway.asked(path) if one.params]) == 1
