"""A session that is still running: live, behind, back to now, ended; and one that comes slowly or not at all."""

from __future__ import annotations

import asyncio

from replay_tui.ui.screens.replay import ReplayScreen
from tests.support.gateway import ADMIN, OWNER, REVIEWER, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start

OPEN = "open-shell"


def screen(running: Running) -> ReplayScreen:
    assert isinstance(running.app.screen, ReplayScreen)
    return running.app.screen


async def live(running: Running, gateway: LoopbackGateway) -> None:
    await running.sees("LIVE")
    await asyncio.to_thread(gateway.live.wait_subscribed, gateway.store.names[OPEN])


async def test_new_output_shows_at_once(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(gateway.session(OPEN), 20.0, "o", b"\r\nhello from now")
        await running.sees("hello from now", "LIVE")
        assert screen(running).transport.position == screen(running).transport.duration


async def test_rewind_while_it_grows_and_back_to_now(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(gateway.session(OPEN), 30.0, "o", b"\r\nfirst")
        await running.sees("first")
        await running.press("left")
        await running.sees("BEHIND 00:05")
        gateway.live.send(gateway.session(OPEN), 40.0, "o", b"\r\nsecond")
        await running.sees("BEHIND 00:15")
        assert "second" not in running.text
        await running.press("G")
        await running.sees("second", "LIVE")


async def test_the_end_is_told_and_everything_stays(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(gateway.session(OPEN), 20.0, "o", b"\r\nlast words")
        await running.sees("last words")
        gateway.live.end(gateway.session(OPEN))
        await running.sees("ENDED", "last words", "done")


async def test_the_session_is_shown_while_its_stream_is_awaited(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", None, Fault(delay=30))
    async with start(ADMIN, "shell-vim") as running:
        await running.sees("Ana Auditada", "Deploy script changed", "Opening")
        await running.press("q")  # cancels, and does not wait
        await running.until(lambda: not running.app.is_running)


async def test_a_withheld_stream_is_said(start: Start) -> None:
    async with start(REVIEWER, "pg-psql") as running:
        await running.sees("kept the recording back")


async def test_a_stream_cut_for_good_keeps_what_came(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", None, *[Fault(cut_at=9000)] * 12)
    async with start(ADMIN, "shell-vim") as running:
        await running.until(lambda: screen(running).complete or "What came before is shown" in running.text)
        await running.until(lambda: len(screen(running).recording.stream) > 50)


async def test_an_unknown_session_is_one_sentence(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", Fault(status=404, message="not found"))
    async with start(OWNER, "shell-vim") as running:
        await running.sees("cannot be opened", "not found")
