"""Background tasks deliver results and failures to the event loop; cancelled ones do not."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App

from replay_tui.domain.errors import Cancelled, UsageError
from replay_tui.ui.background import BackgroundTasks, Task, TaskFailed
from tests.support.clock import FakeClock
from tests.ui.driver import Driver

LONG = 30.0


class Owner(App[None]):
    """Records the failures of background tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[TaskFailed] = []

    def on_task_failed(self, event: TaskFailed) -> None:
        self.failed.append(event)


@asynccontextmanager
async def owner() -> AsyncIterator[tuple[Driver, BackgroundTasks]]:
    """Run an application; yields its driver and background tasks."""
    app = Owner()
    async with app.run_test(notifications=True) as pilot:
        tasks = BackgroundTasks(app)
        yield Driver(app, pilot, FakeClock()), tasks  # type: ignore[arg-type]
        tasks.cancel_all()


@pytest.mark.parametrize("detached", [False, True])
async def test_start_hands_result_to_event_loop(detached: bool) -> None:
    async with owner() as (ui, tasks):
        taken: list[tuple[str, bool]] = []
        here = threading.get_ident()
        tasks.start(
            "one",
            lambda _task: "result" if threading.get_ident() != here else "not in a thread",
            done=lambda result: taken.append((result, threading.get_ident() == here)),
            detached=detached,
        )
        await ui.until(lambda: taken and not tasks.names)
        assert taken == [("result", True)]


async def test_start_hands_replay_error_to_failed() -> None:
    def work(_task: Task) -> None:
        raise UsageError("Not like this.")

    async with owner() as (ui, tasks):
        failures: list[str] = []
        tasks.start("one", work, failed=failures.append)
        await ui.until(lambda: failures == ["Not like this."])
        tasks.start("two", work)
        await ui.noticed("Not like this.")


def mistaken(_task: Task) -> None:
    raise OverflowError("\x1b[31mdetails of a session")


async def test_start_hands_bug_to_application() -> None:
    async with owner() as (ui, tasks):
        tasks.start("loading the rows", mistaken)
        await ui.until(lambda: ui.app.failed)
        assert ui.app.failed[0].operation == "Loading the rows"
        assert isinstance(ui.app.failed[0].error, OverflowError)


async def test_start_hands_bug_to_failed_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    async with owner() as (ui, tasks):
        failures: list[str] = []
        tasks.start("loading the rows", mistaken, failed=failures.append)
        await ui.until(lambda: failures)
        assert failures[0].startswith("Loading the rows failed (OverflowError). ")
        assert "details" not in failures[0]
        assert ui.app.failed == []
    assert "Traceback" in caplog.text


async def test_start_hands_bug_to_crashed() -> None:
    async with owner() as (ui, tasks):
        crashes: list[Exception] = []
        tasks.start("rows", mistaken, failed=print, crashed=crashes.append)
        await ui.until(lambda: crashes)
        assert isinstance(crashes[0], OverflowError)
        assert ui.app.failed == []


async def test_newest_wins_cancels_older_task() -> None:
    async with owner() as (ui, tasks):
        taken: list[str] = []
        begun, go = threading.Event(), threading.Event()

        def slow(task: Task) -> str:
            begun.set()
            go.wait(LONG)
            assert task.is_cancelled()
            return "old"

        tasks.start("search", slow, done=taken.append, newest_wins=True)
        await ui.until(begun.is_set)
        tasks.start("search", lambda _task: "new", done=taken.append, newest_wins=True)
        go.set()
        await ui.until(lambda: not tasks.names)
        assert taken == ["new"]


async def test_cancel_drops_undelivered_result() -> None:
    """The thread has ended, but its result still waits for the event loop."""
    async with owner() as (ui, tasks):
        taken: list[str] = []
        delivered = threading.Event()

        def work(task: Task) -> None:
            task.deliver(taken.append, "stale")
            delivered.set()

        tasks.start("search", work, detached=True)
        assert delivered.wait(LONG)  # blocks the event loop
        tasks.cancel("search")
        await ui.until(lambda: not tasks.names)
        assert taken == []


@pytest.mark.parametrize("by_token", [False, True])
async def test_cancelled_work_ends_quietly(by_token: bool) -> None:
    async with owner() as (ui, tasks):
        failures: list[str] = []

        def work(task: Task) -> None:
            if by_token:
                task.cancel.cancel()
                task.cancel.raise_if_cancelled()
            raise Cancelled

        tasks.start("one", work, failed=failures.append)
        await ui.until(lambda: not tasks.names)
        assert (failures, ui.notices) == ([], [])


async def test_deliver_after_owner_ended_returns_false() -> None:
    results: list[bool] = []
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def work(task: Task) -> None:
        begun.set()
        go.wait(LONG)
        results.append(task.deliver(lambda: None))
        ended.set()

    async with owner() as (ui, tasks):
        tasks.start("one", work, detached=True)
        await ui.until(begun.is_set)
    go.set()
    assert ended.wait(LONG)
    assert results == [False]
