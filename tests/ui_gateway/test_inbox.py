"""The inbox: listing, paging, filters, sorting, marks, and opening a session and returning."""

from __future__ import annotations

import pytest

from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.settings.state_store import SEEN
from replay_tui.ui.command_table import COMMANDS, Place
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.widgets.line_list import LineList
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start


def replayed(running: Running) -> str:
    """Return the id of the session on screen, empty until it is loaded."""
    screen = running.app.screen
    return screen.state.ref.path if isinstance(screen, ReplayScreen) and screen.state.has_recording else ""


def rows(running: Running) -> LineList:
    return running.app.screen.query_one("#inbox-list", LineList)


async def test_inbox_lists_risk_and_review(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("Kim Owner", "! HIGH", "◔ PENDING", "pgdemo", "mongo-shop")
        assert isinstance(running.app.screen, InboxScreen)


async def test_inbox_filters_and_sorts(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("F")
        await running.until(lambda: "mongo-shop" not in running.text and "shop-api" in running.text)
        await running.press("escape")
        await running.sees("mongo-shop")
        await running.press("slash")
        await running.write("kim")
        await running.until(lambda: rows(running).shown == 1)
        await running.press("escape", "T")
        await running.sees("riskiest first")
        first = rows(running).items[0]
        assert first.session.severity is Severity.HIGH


async def test_inbox_sends_gateway_filters(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("backslash")
        await running.write("connection=bastion")
        await running.until(lambda: {row.session.display_connection for row in rows(running).items} == {"bastion"})
        assert "mongo-shop" not in running.text
        assert "bastion" in [seen.params.get("connection") for seen in gateway.asked("/sessions")]
        await running.press("backslash")
        await running.write("colour=red")
        await running.sees("not a filter of the gateway")


async def test_inbox_loads_pages_while_scrolling(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(450)
    async with start(ADMIN) as running:
        await running.until(lambda: len(rows(running).items) == 100)
        await running.press("end")
        await running.until(lambda: len(rows(running).items) > 100)
        while len(rows(running).items) < len(gateway.store.newest_first()):
            seen = len(rows(running).items)
            await running.press("end")
            await running.until(lambda seen=seen: len(rows(running).items) > seen)
        assert {seen.params.get("count") for seen in gateway.asked("/sessions")} == {"capped"}


@pytest.mark.daily
async def test_enter_opens_and_q_returns_to_row(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("down", "down", "down")
        chosen = rows(running).selected
        await running.press("enter")
        await running.until(lambda: replayed(running))
        await running.press("q")
        await running.until(lambda: isinstance(running.app.screen, InboxScreen))
        assert rows(running).selected == chosen


async def test_brace_opens_next_session(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        ids = [one.id for one in rows(running).items]
        await running.press("down", "enter")
        await running.until(lambda: replayed(running))
        await running.press("right_curly_bracket")
        await running.until(lambda: replayed(running) == ids[2])


async def test_mark_with_note_is_saved(start: Start) -> None:
    async with start(ADMIN, size=(200, 40)) as running:
        await running.sees("mongo-shop")
        await running.press("m")
        await running.write("looked-at")
        await running.sees("✓", "looked-at")
    async with start(ADMIN, size=(200, 40)) as running:
        await running.sees("✓", "looked-at")


async def test_unauthorized_list_names_login_and_refreshes(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", *[Fault(status=401, message="access denied")] * 2)  # also for what waits for the user
    async with start(ADMIN) as running:
        await running.sees("replay-tui login")
        await running.until(lambda: running.app.screen.state.waiting_failure)
        await running.press("ctrl+r")
        await running.sees("mongo-shop")


async def test_failed_refresh_keeps_rows(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        gateway.fault("/sessions", *[Fault(status=403, message="not today")] * 2)
        await running.press("ctrl+r")
        await running.sees("not today")
        assert "mongo-shop" in running.text


async def test_findings_flag_session_in_inbox(start: Start) -> None:
    async with start(ADMIN, "pg-psycopg-extended") as running:
        await running.until(lambda: running.app.screen.state.findings)
    async with start(ADMIN) as running:
        await running.sees("mongo-shop", "Report serv")
        await running.press("F")
        await running.until(lambda: "mongo-shop" not in running.text)
        assert "Report serv" in running.text


async def inbox_of(running: Running, loaded: int) -> InboxScreen:
    screen = running.app.screen
    assert isinstance(screen, InboxScreen)
    await running.until(lambda: len(screen.state.rows) >= loaded, f"{loaded} sessions")
    return screen


async def test_inbox_position_is_saved(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(250)
    async with start(ADMIN) as running:
        await inbox_of(running, 100)
        await running.press("T", "F")
        while len(rows(running).items) < 110:  # flagged sessions from several pages
            seen = len(rows(running).items)
            await running.press("end")
            await running.until(lambda seen=seen: len(rows(running).items) > seen)
        items = rows(running).items  # the oldest high-risk session: near the top here, deep in the gateway's list
        rows(running).move_to_item(max(at for at, row in enumerate(items) if row.rank == items[0].rank) - 1)
        await running.press("down")
        chosen = rows(running).items[rows(running).selected].id
        await running.press("q")
    async with start(ADMIN) as running:
        await running.sees("riskiest first", "flagged only")
        await running.until(lambda: rows(running).items and rows(running).items[rows(running).selected].id == chosen)
        await running.press("escape", "backslash")
        await running.write("connection=connection-3 since=2026-10-01")
        await running.sees("connection=connection-3 since=2026-10-01", "connection-3")
        await running.press("q")
    async with start(ADMIN) as running:
        await running.sees("connection=connection-3 since=2026-10-01")
        await running.until(lambda: {row.session.display_connection for row in rows(running).items} == {"connection-3"})
        await running.press("backslash")
        await running.sees(
            "Gateway filters", "connection=connection-3 since=2026-10-01 "
        )  # the dialog contains the current filters


async def test_flagged_option_is_not_saved(start: Start) -> None:
    async with start(ADMIN, flagged=True) as running:
        await running.sees("flagged only", "shop-api")
        assert "mongo-shop" not in running.text
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        assert "flagged only" not in running.text


async def test_refresh_keeps_depth_and_cursor(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(250)
    async with start(ADMIN) as running:
        screen = await inbox_of(running, 100)
        while len(screen.state.rows) < 265:
            await running.press("end")
            await running.until(lambda: not screen.state.listing.asking)
        await running.press("up", "up", "up", "up", "up")
        chosen, above = screen.chosen, rows(running).cursor - int(rows(running).scroll_y)
        gateway.session(chosen.id)["user_name"] = "Someone Else"
        gone = rows(running).items[2].id
        del gateway.store.sessions[gone]
        new = gateway.store.copy_of("shell-vim", start_date="2027-01-01T00:00:00Z")
        await running.press("ctrl+r")
        await running.sees("Someone Else")
        await running.until(lambda: not screen.state.listing.asking and screen.state.rows.position_of(gone) is None)
        assert (len(screen.state.rows), screen.state.rows.position_of(new)) == (265, 0)
        assert screen.chosen.id == chosen.id
        assert rows(running).cursor - int(rows(running).scroll_y) == above


@pytest.mark.parametrize("is_read", [False, True], ids=["while it is read", "before it is shown"])
async def test_session_read_before_a_refresh_keeps_what_is_listed(start: Start, is_read: bool) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop", "of 15 judged")
        screen = running.app.screen
        assert isinstance(screen, InboxScreen)
        completing = screen.controllers.completing
        await running.until(lambda: not completing.is_busy)
        row = next(row for row in screen.state.rows.visible if not row.live)
        row.needs_reading = True
        completing.want()
        if is_read:
            await running.until(lambda: not row.needs_reading)
        newer = {**row.session.raw, "user_name": "Someone Else", "ai_analysis": None}
        screen.state.rows.add([Session.parse_row(newer)])
        await running.until(lambda: not completing.is_busy)
        assert (row.session.user_name, row.is_judged) == ("Someone Else", True)


async def test_wheel_loads_more_and_keeps_view(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(450)
    async with start(ADMIN) as running:
        screen = await inbox_of(running, 100)
        await running.sees("Ana Auditada")
        rows(running).scroll_to(y=50, animate=False)
        await inbox_of(running, 200)
        await running.until(lambda: not screen.state.listing.asking)
        assert (int(rows(running).scroll_y), rows(running).cursor) == (50, 0)


async def test_click_selects_and_double_click_opens(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.pilot.click("#inbox-list", offset=(5, 4))
        await running.until(lambda: rows(running).selected == 3)
        assert isinstance(running.app.screen, InboxScreen)
        await running.pilot.double_click("#inbox-list", offset=(5, 4))
        await running.until(lambda: isinstance(running.app.screen, ReplayScreen))


async def test_return_to_inbox_shows_decision_and_row(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("◔ PENDING")
        screen = await inbox_of(running, 15)
        pending = next(at for at, row in enumerate(rows(running).items) if row.session.display_user == "Kim Owner")
        rows(running).move_to_item(pending - 1)
        await running.press("enter")
        await running.until(lambda: replayed(running))
        await running.press("right_curly_bracket")
        await running.sees("PENDING 1 of 2")
        await running.press("R")
        await running.sees("Reject Kim Owner's session")
        await running.write("no ticket")
        await running.sees("REJECTED")
        await running.press("q")
        await running.sees("✗ REJECTED")
        assert rows(running).selected == pending
        assert {screen.state.marks[rows(running).items[at].id] for at in (pending - 1, pending)} == {SEEN}


async def test_empty_list_shows_reason(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("slash")
        await running.write("nothing-like-this")
        await running.sees("No matches in 15 sessions", "esc shows all")
        await running.press("escape")
        await running.sees("mongo-shop")
        await running.press("down")
        await running.until(lambda: rows(running).selected == 1)  # the list has the focus again
        await running.press("backslash")
        await running.write("connection=none")
        await running.sees("No session matches the gateway filters")
    gateway.fault("/sessions", *[Fault(status=403, message="not today")] * 2)  # also for what waits for the user
    async with start(ADMIN, size=(80, 24)) as running:
        await running.sees("The session list could not be loaded", "not today", "ctrl+r tries again")


async def test_failed_page_keeps_other_rows(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(150)
    async with start(ADMIN) as running:
        screen = await inbox_of(running, 100)
        await running.until(lambda: screen.state.waiting_known)
        gateway.fault("/sessions", Fault(status=403, message="not now"))
        await running.press("end")
        await running.sees("not now")
        assert len(screen.state.rows) == 100
        await running.press("ctrl+r")
        await running.until(lambda: "not now" not in running.pane("#inbox-status"))
        await running.press("end")
        await inbox_of(running, 165)


async def test_help_and_palette_include_inbox_commands(start: Start) -> None:
    async with start(ADMIN, size=(100, 40)) as running:
        await running.sees("mongo-shop", "enter open", "? help")
        await running.press("question_mark")
        await running.sees("List of sessions", "Mark as reviewed with a note", "blocked by a guardrail")
        await running.press("escape", "ctrl+p")
        await running.sees("Search for commands")
        await running.type("sort")
        await running.sees("Sort: newest")
        await running.press("enter")
        await running.sees("riskiest first")


async def test_commands_of_the_inbox_exist(start: Start) -> None:
    async with start(ADMIN) as running:
        controllers = (await inbox_of(running, 1)).controllers
        for command in COMMANDS:
            controller, _, method = command.action.partition("(")[0].rpartition(".")
            if Place.INBOX in command.places and controller not in ("", "app"):
                assert callable(getattr(getattr(controllers, controller), method)), command.id
