"""The inbox reads the sessions of its rows: risk, views, failures, and what waits for the user."""

from __future__ import annotations

import copy

import pytest

from replay_tui.ui.inbox.rows import InboxRow, InboxTab
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.widgets.line_list import LineList
from tests.support.gateway import ADMIN, REVIEWER, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start

PENDING = "exec-review-pending"


def inbox(running: Running) -> InboxScreen:
    screen = running.app.screen
    assert isinstance(screen, InboxScreen)
    return screen


def rows(running: Running) -> LineList[InboxRow]:
    return inbox(running).rows


def replayed(running: Running) -> str:
    """Return the id of the session on screen, empty until it is loaded."""
    screen = running.app.screen
    return screen.state.ref.path if isinstance(screen, ReplayScreen) and screen.state.has_recording else ""


async def listed(running: Running) -> None:
    """Wait until the list is loaded and the rows in view are read."""
    await running.until(lambda: isinstance(running.app.screen, InboxScreen) and rows(running).shown)
    screen = inbox(running)
    await running.until(lambda: not screen.controllers.completing.is_busy and screen.state.waiting_known, "rows read")


def reads(gateway: LoopbackGateway) -> list[str]:
    return [seen.path for seen in gateway.seen if seen.path.startswith("/sessions/")]


def wait_for(gateway: LoopbackGateway, day: int) -> str:
    """Add a session that waits for the group dba since a day of October, and return its id."""
    review = copy.deepcopy(gateway.session(PENDING)["review"])
    review |= {"created_at": f"2026-10-{day:02d}T00:00:00Z", "id": f"review-{day}"}
    review["review_groups_data"] = [{"id": f"group-{day}", "group": "dba", "status": "PENDING"}]
    return gateway.store.copy_of(PENDING, review=review, start_date=f"2026-10-{day:02d}T00:00:00Z")


async def test_inbox_reads_only_rows_around_the_view(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(300)
    async with start(ADMIN, size=(100, 24)) as running:
        await listed(running)
        await running.sees("of 100 judged", "! HIGH", "Made up")
        assert len(set(reads(gateway))) == len(reads(gateway)) < 60
        rows(running).scroll_to(y=80, animate=False)
        await running.until(lambda: not rows(running).items[90].needs_reading, "rows below are read")


async def test_flagged_view_judges_loaded_rows(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(60)
    async with start(ADMIN, size=(140, 24), flagged=True) as running:
        await listed(running)
        await running.until(lambda: inbox(running).state.rows.judged == len(inbox(running).state.rows) == 75)
        shown = [row.rank for row in inbox(running).state.rows.visible]
        assert shown.count(3.0) + shown.count(2.0) >= 30
        assert "judged" not in running.pane("#inbox-status")


async def test_unreadable_rows_are_counted_and_read_again(start: Start, gateway: LoopbackGateway) -> None:
    unread = gateway.store.names["shell-vim"]
    gateway.fault(f"/sessions/{unread}", Fault(status=403, message="not yours"))
    async with start(ADMIN) as running:
        await listed(running)
        await running.sees("? unread", "1 could not be read")
        await running.press("ctrl+r")
        await running.until(lambda: "could not be read" not in running.text)
        await running.sees("~ MEDIUM", "Deploy script")


async def test_reading_stops_in_a_storm(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(60)
    for session in gateway.store.newest_first():
        gateway.fault(f"/sessions/{session['id']}", Fault(body=b"[]"))
    async with start(ADMIN) as running:
        await running.sees("ctrl+r tries again", "could not be read")
        assert len(reads(gateway)) < 20
        await running.press("down")
        assert rows(running).selected == 1


async def test_waiting_view_is_oldest_first_with_ages(start: Start, gateway: LoopbackGateway) -> None:
    gateway.store.generate(150)
    ids = [wait_for(gateway, day) for day in (3, 1, 2)]
    async with start(REVIEWER) as running:
        await running.sees("3 wait for you", "Waits for me 3")
        await running.press("W")
        await running.until(lambda: [row.id for row in rows(running).items] == [ids[1], ids[2], ids[0]])
        await running.sees("oldest first", " d ", "! HIGH")
        await running.press("W")
        await running.until(lambda: inbox(running).state.rows.view is InboxTab.ALL)


async def test_tab_click_and_header_click_change_the_list(start: Start) -> None:
    async with start(ADMIN) as running:
        await listed(running)
        await running.pilot.click("#inbox-tabs", offset=(1 + running.pane("#inbox-tabs").index("Live"), 0))
        await running.until(lambda: inbox(running).state.rows.view is InboxTab.LIVE)
        await running.press("tab")
        await running.until(lambda: inbox(running).state.rows.view is InboxTab.ALL)
        x = inbox(running).rows._heading(rows(running).scrollable_content_region.width).plain.index("user")
        await running.pilot.click("#inbox-list", offset=(x, 0))
        await running.sees("by user", "user ▴")


async def test_view_that_nothing_passes_loads_a_bounded_part(
    start: Start, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.ui.inbox.paging.AUTOMATIC_ROWS", 200)
    gateway.store.generate(600)
    gateway.session("open-shell")["status"] = "done"
    async with start(ADMIN) as running:
        await listed(running)
        await running.press("tab", "tab", "tab")
        await running.sees("No matches in 200 sessions", "end loads more")
        await running.press("end")
        await running.sees("No matches in 400 sessions")


async def test_w_after_a_decision_opens_the_next_waiting_session(start: Start, gateway: LoopbackGateway) -> None:
    ids = [wait_for(gateway, day) for day in (1, 2, 3)]
    async with start(REVIEWER, size=(140, 40)) as running:
        await running.sees("3 wait for you")
        await running.press("W", "j", "k", "j")
        await running.until(lambda: rows(running).selected == 1)
        await running.press("enter")
        await running.until(lambda: replayed(running) == ids[1])
        await running.press("A")
        await running.sees("Approve Kim Owner's session")
        await running.press("y")
        await running.sees("W next that waits for me")
        await running.press("W")
        await running.until(lambda: replayed(running) == ids[2])
        await running.press("W")
        await running.until(lambda: replayed(running) == ids[0])
        await running.press("R")
        await running.sees("Why?")
        await running.write("no ticket")
        await running.sees("W next that waits for me")
        await running.press("q")
        await running.sees("1 waits for you")
        await running.until(lambda: [row.id for row in rows(running).items] == [ids[2]])


async def test_w_without_another_waiting_session_says_so(start: Start, gateway: LoopbackGateway) -> None:
    async with start(REVIEWER, PENDING) as running:
        await running.until(lambda: replayed(running))
        await running.press("W")
        await running.sees("Nothing else waits for you.")


async def test_filter_bar_filters_while_typing_until_escape(start: Start) -> None:
    async with start(ADMIN) as running:
        await listed(running)
        await running.press("slash", *"kim")
        await running.until(lambda: rows(running).shown == 1)
        await running.sees("1 of 15")
        await running.press(*"jq")  # text, not keys of the list
        await running.sees("No matches in 15 sessions")
        await running.press("escape")
        await running.until(lambda: rows(running).shown == 15 and running.app.focused is rows(running))
        await running.press("slash", *"kim", "enter", "j")
        await running.until(lambda: rows(running).shown == 1 and running.app.focused is rows(running))
        await running.press("escape")
        await running.until(lambda: rows(running).shown == 15)


async def test_preview_tells_what_the_selected_session_did(start: Start) -> None:
    async with start(ADMIN, size=(160, 48)) as running:
        await listed(running)
        await running.press("slash", *"app-1", "enter")
        await running.sees("Ana Auditada", "Deploy script changed on a production host", "3 findings", "Last screen")
        await running.sees("rm -rf /tmp/cache-*", "Activity, 12.6 s", "█")
        await running.press("escape", "slash", *"kim", "enter")
        await running.sees("Script", "VACUUM payments;", "waiting", "Review · ◔ PENDING 1 of 2")
        await running.press("p")
        await running.until(lambda: not inbox(running).has_preview)


async def test_preview_on_a_narrow_terminal_opens_below(start: Start, gateway: LoopbackGateway) -> None:
    async with start(ADMIN, size=(80, 24)) as running:
        await listed(running)
        assert not any("expand" in seen.params for seen in gateway.seen)
        await running.press("j", "end", "p")
        await running.sees("Ana Auditada", "Session", "app-1 · Ana Auditada", "20 Nov ~ MEDIUM")  # the cursor's row
        assert inbox(running).query_one("#preview").region.y > rows(running).region.y
        await running.press("p")
        await running.until(lambda: not inbox(running).query_one("#preview").region)


async def test_preview_of_unreadable_recording_says_why(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault(f"/sessions/{gateway.store.names['open-shell']}", *[Fault(status=403, message="not yours")] * 9)
    async with start(ADMIN, size=(160, 48)) as running:
        await running.sees("Not analysed", "not yours", "? risk could not be read")


async def test_preview_of_a_large_recording_is_not_loaded(start: Start, gateway: LoopbackGateway) -> None:
    large = gateway.session("open-shell")
    large["metrics"] = {"event_size": 50 << 20}
    async with start(ADMIN, size=(160, 48)) as running:
        await running.sees("the recording of 50 MiB is not read for the preview")
        assert not any("expand" in seen.params for seen in gateway.seen)
