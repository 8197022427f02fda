"""Hostile texts of a gateway in the inbox and its dialogs, without the control filter."""

from __future__ import annotations

import re
import unicodedata

import pytest

from replay_tui.domain.review import Action
from replay_tui.ui.background import Task
from replay_tui.ui.rendering import ControlFilter
from tests.support.gateway import ADMIN, LoopbackGateway
from tests.support.hostile import WALKS, everything, hostile_session
from tests.ui_gateway.conftest import Running, Start


def _check(running: Running, shown: set[str]) -> None:
    screen = running.app.screen
    shown.update(type(one).__name__ for one in (screen, *screen.walk_children()) if one.region and one.display)
    for strip in screen._compositor.render_strips():
        for segment in strip:
            text = re.sub("(?<=\U0001f469)\u200d", "", segment.text)  # joins two emoji
            bad = [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")]
            assert not bad, (bad, segment.text)
            assert "app.quit" not in str(segment.style.meta if segment.style else "")
            assert not (segment.style and segment.style.link), segment.text


async def test_hostile_list_and_dialogs_are_sanitized(
    start: Start, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ControlFilter, "apply", lambda self, segments, background: segments)
    shown: set[str] = set()
    pending = gateway.store.names["exec-review-pending"]
    for number, session in list(gateway.store.sessions.items()):
        if number == pending:
            evil = gateway.store.sessions[number] = hostile_session(session, everything(120), ())
            evil["review"]["review_groups_data"][0]["group"] = "admin"  # otherwise the user may not decide
        else:
            del gateway.store.sessions[number]
    async with start(ADMIN) as running:
        await running.until(lambda: "Kim Owner" in running.text, "the row")
        _check(running, shown)
        for key in ("T", "F", "F", "m", "escape", "slash", "escape", "question_mark", "escape"):
            await running.press(key)
            _check(running, shown)
        await running.press("enter")
        await running.until(lambda: type(running.app.screen).__name__ == "ReplayScreen", "the session")
        await running.until(lambda: running.state.has_recording, "its recording")
        for key in ("b", "b", "a", "a", "A"):
            await running.press(key)
            _check(running, shown)
        await running.until(lambda: type(running.app.screen).__name__ in ("ActionDialog", "ChooseScreen"), "a dialog")
        _check(running, shown)
        await running.press("escape", "R", "escape", "exclamation_mark", "escape")
        _check(running, shown)
    assert WALKS["gateway"] <= shown


async def test_background_bug_is_a_notice(start: Start, gateway: LoopbackGateway) -> None:
    def mistaken(task: Task) -> None:
        raise OverflowError("\x1b[31mdetails of a session")

    async with start(ADMIN) as running:
        await running.sees("Kim Owner")
        running.app.screen.background.start("testing", mistaken)
        await running.sees("Testing failed (OverflowError). The list stays open.", "Kim Owner")
        assert "details of a session" not in running.text
        await running.press("enter")
        await running.until(lambda: type(running.app.screen).__name__ == "ReplayScreen", "the session")
        await running.until(lambda: running.state.has_recording, "its recording")
        running.replay.view.background.start("testing", mistaken)
        await running.sees("Testing failed (OverflowError). The session stays open.")
        assert running.state.has_recording


async def test_hostile_run_output_is_sanitized(
    start: Start, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ControlFilter, "apply", lambda self, segments, background: segments)
    shown: set[str] = set()
    gateway.run_output = everything(120)
    gateway.session("exec-review-pending")["review"].update(status="APPROVED", time_window=None)
    async with start(ADMIN, "exec-review-pending") as running:
        await running.sees("Nothing to replay")
        await running.press("exclamation_mark")
        await running.until(lambda: type(running.app.screen).__name__ == "ChooseScreen", "the actions")
        _check(running, shown)
        await running.press("escape")
        for open_dialog, screen in ((running.choose(Action.RUN), "ActionDialog"), (running.press("y"), "TextDialog")):
            await open_dialog
            await running.until(lambda screen=screen: type(running.app.screen).__name__ == screen, screen)
            _check(running, shown)
    assert WALKS["run"] <= shown
