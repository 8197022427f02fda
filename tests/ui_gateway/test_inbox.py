"""The inbox: listing, paging, filters, sorting, marks, and going to a session and back."""

from __future__ import annotations

from replay_tui.domain.risk import Severity
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.widgets.line_list import LineList
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start


def rows(running: Running) -> LineList:
    return running.app.screen.query_one("#inbox-list", LineList)


async def test_sessions_are_listed_with_risk_and_review(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("Kim Owner", "! HIGH", "◔ pending", "pgdemo", "mongo-shop")
        assert isinstance(running.app.screen, InboxScreen)


async def test_flagged_text_filter_and_sort(start: Start) -> None:
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
        await running.sees("sorted by riskiest")
        first = rows(running).items[0]
        assert first.severity is Severity.HIGH


async def test_the_gateways_own_filters(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("backslash")
        await running.write("connection=bastion")
        await running.until(lambda: "mongo-shop" not in running.text and "bastion" in running.text)
        assert gateway.asked("/sessions")[-1].params["connection"] == "bastion"
        await running.press("backslash")
        await running.write("colour=red")
        await running.sees("no filter of the gateway")


async def test_pages_come_as_one_scrolls_and_no_count_is_exact(start: Start, gateway: LoopbackGateway) -> None:
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


async def test_enter_opens_and_q_comes_back_to_the_same_row(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        await running.press("down", "down", "down")
        chosen = rows(running).selected
        await running.press("enter")
        await running.until(lambda: isinstance(running.app.screen, ReplayScreen) and running.app.screen.loaded)
        await running.press("q")
        await running.until(lambda: isinstance(running.app.screen, InboxScreen))
        assert rows(running).selected == chosen


async def test_the_next_session_is_a_key_away(start: Start) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        ids = [one.fields.id for one in rows(running).items]
        await running.press("down", "enter")
        await running.until(lambda: isinstance(running.app.screen, ReplayScreen) and running.app.screen.loaded)
        await running.press("right_curly_bracket")
        await running.until(lambda: getattr(running.app.screen, "ref", None) and running.app.screen.ref.path == ids[2])


async def test_a_mark_with_a_note_is_kept(start: Start) -> None:
    async with start(ADMIN, size=(200, 40)) as running:
        await running.sees("mongo-shop")
        await running.press("m")
        await running.write("looked-at")
        await running.sees("✓", "looked-at")
    async with start(ADMIN, size=(200, 40)) as running:
        await running.sees("✓", "looked-at")


async def test_a_refused_list_says_how_to_log_in_and_a_refresh_tries_again(
    start: Start, gateway: LoopbackGateway
) -> None:
    gateway.fault("/sessions", Fault(status=401, message="access denied"))
    async with start(ADMIN) as running:
        await running.sees("replay-tui login")
        await running.press("ctrl+r")
        await running.sees("mongo-shop")


async def test_a_failed_refresh_keeps_what_was_loaded(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        gateway.fault("/sessions", Fault(status=403, message="not today"))
        await running.press("ctrl+r")
        await running.sees("not today")
        assert "mongo-shop" in running.text


async def test_findings_of_this_program_flag_a_session(start: Start) -> None:
    async with start(ADMIN, "pg-psycopg-extended") as running:
        await running.until(lambda: running.app.screen.findings)
    async with start(ADMIN) as running:
        await running.sees("mongo-shop", "Report service")
        await running.press("F")
        await running.until(lambda: "mongo-shop" not in running.text)
        assert "Report service" in running.text
