"""A day's tasks on a pseudo-terminal: a reviewer finds, decides, watches, follows and kills; the owner runs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.gateway import ADMIN, OWNER, LoopbackGateway, Person
from tests.support.ptyread import Pty, replay
from tests.support.walk import closes, leave, step, typed, walk

pytestmark = pytest.mark.slow
ENTER, DOWN = "\r", "\x1b[B"
PENDING, OPEN, SHELL = "exec-review-pending", "open-shell", "shell-vim"


class Day:
    """The gateway of one day, with three sessions that wait for the reviewer, the oldest first."""

    def __init__(self, gateway: LoopbackGateway, home: Path) -> None:
        self.gateway, self._home = gateway, home
        gateway.session(PENDING)["review"].update(status="EXECUTED")
        self.waiting = [self._wait_since(day) for day in (1, 2, 3)]

    def _wait_since(self, day: int) -> str:
        start = f"2026-10-{day:02d}T00:00:00Z"
        review = copy.deepcopy(self.gateway.session(PENDING)["review"])
        review |= {"id": f"review-{day}", "status": "PENDING", "created_at": start, "time_window": None}
        review["review_groups_data"] = [{"id": f"group-{day}", "group": "admin", "status": "PENDING"}]
        return self.gateway.store.copy_of(PENDING, review=review | {"min_approvals": 1}, start_date=start)

    def start(self, person: Person, *words: str) -> Pty:
        env = {"HOOP_APIURL": self.gateway.url, "HOOP_TOKEN": person.token}
        return replay(*words, home=self._home / person.id, env=env, cols=120, rows=36)

    def until(self, screen: Pty, session_id: str, holds: Callable[[dict[str, object]], bool], what: str) -> None:
        """Wait until the gateway's session has a state."""
        screen.wait_until(lambda: holds(self.gateway.session(session_id)), what)

    def reviewed(self, screen: Pty, session_id: str, status: str) -> None:
        self.until(screen, session_id, lambda session: session["review"]["status"] == status, status)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with LoopbackGateway() as gateway:
        yield Day(gateway, tmp_path)


def opened(day: Day, screen: Pty, session_id: str) -> None:
    """Wait until a session is on the screen; the list reads sessions without their recording."""
    asked = day.gateway.asked
    screen.wait_until(lambda: any(seen.params.get("expand") for seen in asked(f"/sessions/{session_id}")), session_id)
    screen.wait_state(top="ReplayScreen", loaded=True, analysed=True)


def test_day_of_two_users_reaches_every_decision(day: Day) -> None:
    rejected, approved, refused = day.waiting
    with day.start(ADMIN) as screen:
        screen.wait_state(top="InboxScreen", asking=False, reading=False)
        walk(screen, [step("W", list_view="Waits for me", rows=3), step(ENTER, top="ReplayScreen")])
        opened(day, screen, rejected)
        walk(screen, [step("R", top="AskScreen"), *typed("no WHERE"), step(ENTER, top="ReplayScreen")])
        day.reviewed(screen, rejected, "REJECTED")
        assert day.gateway.session(rejected)["review"]["rejection_reason"] == "no WHERE"

        screen.press("W")
        opened(day, screen, approved)
        walk(screen, [step("!", top="ChooseScreen"), step(DOWN, "cursor"), step(ENTER, top="AskScreen")])
        walk(screen, [*typed("00:00-23:59"), step(ENTER, top="ActionDialog"), step("y", top="ReplayScreen")])
        day.reviewed(screen, approved, "APPROVED")
        hours = day.gateway.session(approved)["review"]["time_window"]["configuration"]
        assert hours == {"start_time": "00:00", "end_time": "23:59"}

        screen.press("W")
        opened(day, screen, refused)
        walk(screen, [step("A", top="ActionDialog")])
        day.gateway.session(refused)["review"]["status"] = "EXECUTED"  # somebody else was faster
        notices = screen.state["notices"]
        walk(screen, [step("y", top="ReplayScreen", notices=lambda count: count > notices + 1)])
        assert [seen.method for seen in day.gateway.asked(f"/sessions/{refused}/review")] == ["PUT"]
        day.reviewed(screen, refused, "EXECUTED")
        walk(screen, [step("q", top="InboxScreen")])
        leave(screen)

    with day.start(OWNER, approved) as screen:
        screen.wait_state(top="ReplayScreen", loaded=True, view="empty")
        walk(screen, [step("!", top="ChooseScreen"), step(DOWN, "cursor"), step(ENTER, top="ActionDialog")])
        walk(screen, [step("y", top="TextDialog"), closes(view="text")])
        day.reviewed(screen, approved, "EXECUTED")
        leave(screen)

    with day.start(ADMIN, day.gateway.store.names[SHELL]) as screen:
        screen.wait_state(top="ReplayScreen", analysed=True)
        walk(screen, [step(" ", "position", playing=True), step(" ", playing=False)])
        leave(screen)

    running = day.gateway.session(OPEN)
    with day.start(ADMIN, running["id"]) as screen:
        screen.wait_state(top="ReplayScreen", complete=True, analysed=True)
        day.gateway.live.wait_subscribed(running["id"])
        day.gateway.live.send(running, 20.0, "o", b"\r\nhello from now")
        screen.wait_state(duration=lambda seconds: seconds >= 20.0)
        walk(screen, [step("!", top="ChooseScreen"), step(ENTER, top="ActionDialog"), step("y", top="ReplayScreen")])
        day.until(screen, running["id"], lambda session: session["status"] == "done", "killed")
        leave(screen)
