"""Running sessions: live, behind, back to live, ended; and slow or failing downloads."""

from __future__ import annotations

import asyncio

from replay_tui.gateway.retry import RetryPolicy
from replay_tui.ui.screens.replay import ReplayScreen
from tests.support.clock import WaitlessClock
from tests.support.gateway import ADMIN, OWNER, REVIEWER, Fault, LoopbackGateway
from tests.support.gateway.live import store_event
from tests.ui_gateway.conftest import Running, Start

OPEN = "open-shell"


def screen(running: Running) -> ReplayScreen:
    assert isinstance(running.app.screen, ReplayScreen)
    return running.app.screen


async def live(running: Running, gateway: LoopbackGateway) -> None:
    await running.sees("LIVE")
    await asyncio.to_thread(gateway.live.wait_subscribed, gateway.store.names[OPEN])


async def test_new_output_is_shown(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(gateway.session(OPEN), 20.0, "o", b"\r\nhello from now")
        await running.sees("hello from now", "LIVE")
        assert screen(running).state.player.position == screen(running).state.player.duration


async def test_rewind_of_growing_session_and_return_to_live(start: Start, gateway: LoopbackGateway) -> None:
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


async def test_followed_session_counts_events_without_warning(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        await running.until(lambda: screen(running).state.findings is not None)
        before = len(screen(running).state.recording.stream)
        await running.press("d")
        await running.sees(f"{before} events")
        assert "had not ended" not in running.text
        for at in range(3):
            gateway.live.send(gateway.session(OPEN), 20.0 + at, "o", b"more\r\n")
        await running.sees(f"{before + 3} events")


async def test_live_input_becomes_statements_and_findings(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(OPEN)
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        await running.until(lambda: screen(running).state.findings is not None)
        gateway.live.send(session, 19.9, "i", b"\r")
        gateway.live.send(session, 20.0, "o", b"\x1b[?2004l\r\n\x1b[?2004hroot@app-1:/srv/shop# ")
        for at, letter in enumerate("rm -rf /srv/shop"):
            gateway.live.send(session, 20.1 + at / 10, "i", letter.encode())
            gateway.live.send(session, 20.1 + at / 10, "o", letter.encode())
        gateway.live.send(session, 22.0, "i", b"\r")
        gateway.live.send(session, 22.1, "o", b"\x1b[?2004l\r\n$ ")
        await running.until(lambda: "shell-remove" in {one.rule for one in screen(running).state.findings or ()})
        assert screen(running).state.recording.statements[-1].text == "rm -rf /srv/shop"
        await running.press("g", "right_square_bracket")
        await running.until(lambda: screen(running).state.player.position == 22.0)


async def test_live_hidden_input_is_masked(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(OPEN)
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        await running.until(lambda: screen(running).state.findings is not None)
        gateway.live.send(session, 19.9, "i", b"\r")
        gateway.live.send(session, 20.0, "o", b"\x1b[?2004l\r\nPassword: ")
        for at, letter in enumerate("hunter22"):
            gateway.live.send(session, 20.1 + at / 10, "i", letter.encode())
        gateway.live.send(session, 21.0, "i", b"\r")
        gateway.live.send(session, 21.1, "o", b"\r\nwrong: hunter22 (sent)\r\n$ ")
        await running.press("K")
        await running.sees("wrong: \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022 (sent)")
        assert "hunter22" not in running.text


async def test_ended_session_stays_open(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(gateway.session(OPEN), 20.0, "o", b"\r\nlast words")
        await running.sees("last words")
        gateway.live.end(gateway.session(OPEN))
        await running.sees("ENDED", "last words", "done")
        await running.until(lambda: "had not ended" not in running.text)


async def test_metadata_is_shown_before_stream(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", None, Fault(delay=30))
    async with start(ADMIN, "shell-vim") as running:
        await running.sees("Ana Auditada", "Deploy script changed", "Opening")
        await running.press("q")  # cancels, and does not wait
        await running.until(lambda: not running.app.is_running)


async def test_withheld_stream_shows_reason(start: Start) -> None:
    async with start(REVIEWER, "pg-psql") as running:
        await running.sees("withheld the recording")


async def test_interrupted_stream_keeps_received_events(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", None, *[Fault(cut_at=9000)] * 12)
    async with start(ADMIN, "shell-vim", retry=RetryPolicy(WaitlessClock())) as running:
        await running.until(
            lambda: screen(running).state.complete or "The events received so far are shown" in running.text
        )
        await running.until(lambda: len(screen(running).state.recording.stream) > 50)


async def test_unknown_session_shows_one_sentence(start: Start, gateway: LoopbackGateway) -> None:
    session_id = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{session_id}", Fault(status=404, message="not found"))
    async with start(OWNER, "shell-vim") as running:
        await running.sees("Cannot open this session", "not found")


async def test_lost_connection_shows_notice_and_reconnects(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(OPEN)
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.live.send(session, 20.0, "o", b"\r\nbefore")
        await running.sees("before")
        await running.press("left")
        await running.sees("BEHIND")
        gateway.fault(f"/sessions/{session['id']}/stream", Fault(status=503), Fault(status=503))
        gateway.live.drop(session["id"])
        await running.sees("CONNECTION LOST, retrying", "Reconnecting")
        store_event(session, 30.0, "o", b"\r\nmeanwhile")
        await running.sees("BEHIND")
        await running.press("G")
        await running.sees("LIVE", "meanwhile")


async def test_at_is_behind_and_follow_is_live(start: Start, gateway: LoopbackGateway) -> None:
    store_event(gateway.session(OPEN), 20.0, "o", b"\r\nlater")
    async with start(ADMIN, OPEN, at="2") as running:
        await running.sees("BEHIND")
        assert screen(running).state.player.position == 2.0
    async with start(ADMIN, OPEN, at="2", follow=True) as running:
        await running.sees("LIVE")
    async with start(ADMIN, "shell-vim", follow=True) as running:
        await running.sees("Not following")


async def test_slow_download_shows_frame_and_stops(start: Start, gateway: LoopbackGateway) -> None:
    long = gateway.store.add_long(9000)
    gateway.fault(f"/sessions/{long}", None, Fault(pace=0.01))
    async with start(ADMIN, "long") as running:
        await running.sees("Opening", "reading", "esc stops")
        await running.sees("line 0 of a long recording", "reading")  # while the rest is loading
        assert not screen(running).state.complete
        await running.sees("Ana Auditada", "2026-11-20")
        await running.press("escape")
        await running.sees("The download was stopped. The events received so far are shown.")
        await running.until(lambda: screen(running).state.complete)
        assert 0 < len(screen(running).state.recording.stream) < 9000
        assert screen(running).state.session.fields.start_date is not None


async def test_disabled_downloads_disable_export_and_copy(start: Start, gateway: LoopbackGateway) -> None:
    gateway.downloads_disabled = True
    async with start(ADMIN, "shell-vim") as running:
        await running.sees("Export and copy are unavailable")
        await running.until(lambda: screen(running).state.findings is not None)
        await running.press("x")
        await running.sees("Export is unavailable")
        await running.press("y")
        await running.sees("Copy is unavailable")


async def test_session_that_may_not_be_followed_is_lost(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session(OPEN)
    async with start(ADMIN, OPEN) as running:
        await live(running, gateway)
        gateway.fault(f"/sessions/{session['id']}/stream", Fault(status=403, message="access denied"))
        gateway.live.drop(session["id"])
        await running.sees("CONNECTION LOST", "access denied")
        assert "ENDED" not in running.text
        assert "retrying" not in running.text


async def test_opening_does_not_wait_for_permissions(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/serverinfo", Fault(delay=600), Fault(delay=600), Fault(delay=600))
    async with start(ADMIN, "pg-psql") as running:
        await running.sees("APPROVED", "SELECT")
        await running.until(lambda: screen(running).state.findings is not None)
        await running.press("y")
        await running.sees("Copy is unavailable: the gateway has not said")
        await running.press("x")
        await running.sees("did not say whether downloads are allowed")
        assert "Export as" not in running.text
        await running.press("x")
        await running.sees("did not say whether downloads are allowed")


async def test_export_asks_again_for_unknown_permissions(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/serverinfo", Fault(status=404))
    async with start(ADMIN, "pg-psql") as running:
        await running.sees("APPROVED", "SELECT")
        await running.until(lambda: screen(running).state.findings is not None)
        await running.press("x")
        await running.sees("Export as")
