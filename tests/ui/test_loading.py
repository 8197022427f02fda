"""The replay screen while a session is loaded, and after it could not be read."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from replay_tui.domain.times import format_rough
from replay_tui.sources import open_source
from replay_tui.ui import background
from replay_tui.ui.background import ProgressReport, TaskProgress
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.ui.conftest import Run
from tests.ui.sessions import held_back, shell

FACTS = (
    "no review", "no AI analysis", "no findings", "unknown user", "Review · none", "Risk · none", "nothing flagged",
)  # fmt: skip


@pytest.mark.daily
async def test_loading_screen_states_no_facts_and_keeps_keys(run: Run, tmp_path: Path) -> None:
    begin = threading.Event()
    source = held_back(begin, open_source(str(shell(tmp_path))))
    async with run(SessionRef("late", preloaded=source), ready=False) as ui:
        try:
            await ui.sees("Opening late …", "Keys pressed now", "Session", "Review", "Risk")
            assert not [fact for fact in FACTS if fact in ui.text]
            assert ui.text.count("loading…") == 5  # verdict, three panels, page
            assert set(ui.pane("#timeline").split()) == {"┄" * ui.app.size.width}
            ui.replay.controllers.loading.handle_event(TaskProgress("reading", 0.5, seconds_left=12.0))
            await ui.sees("━━━━━━━━━━━━━━━━━━━━────────────────────", "reading 50 %, about 12 s left")
            await ui.press("G")
        finally:
            begin.set()
        await ui.analysed()
        await ui.at(ui.state.player.duration)
        assert "loading…" not in ui.text


async def test_unread_session_states_no_facts(run: Run, tmp_path: Path) -> None:
    async with run(tmp_path / "missing.json", ready=False) as ui:
        await ui.sees("Cannot open this session", "not read")
        assert not [fact for fact in FACTS if fact in ui.text]
        assert "loading…" not in ui.text
        await ui.press("question_mark")
        await ui.sees("type to search")


def test_progress_estimates_rest_from_observed_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock(100.0)
    monkeypatch.setattr(background.time, "monotonic", clock)
    shown: list[TaskProgress] = []
    report = ProgressReport(shown.append, "reading")
    for passed, done in ((0.0, 20), (0.5, 30), (7.5, 60), (1.0, None)):
        clock.advance(passed)
        report(done or 0, 100 if done else None)
    assert [one.seconds_left for one in shown] == [None, None, pytest.approx(8.0), None]
    assert shown[2].text == "reading 60 %, about 8 s left"


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (150, "2 min"), (7000, "2 h")])
def test_format_rough_has_one_unit(seconds: float, text: str) -> None:
    assert format_rough(seconds) == text
