"""Pane of a session kind that no shared pane fits, with a kind and a pane that are written as the recipe says."""

from __future__ import annotations

import sys
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.text import Text

from replay_tui import kinds
from replay_tui.domain.session_kind import SessionKind, TextSource
from replay_tui.recording import Recording
from replay_tui.redaction.redactor import Redactor
from replay_tui.ui.widgets.kind_pane import pane_class
from replay_tui.ui.widgets.line_list import LineList
from tests.ui.conftest import Run
from tests.ui.sessions import shell, write

TRAFFIC = SessionKind("traffic", lambda _session, _stream: False, 99, "traffic", TextSource.STATEMENTS)


@dataclass(frozen=True, slots=True)
class TrafficRow:
    time: float
    text: str


class TrafficPane(LineList[TrafficRow]):
    """One row per event with its size."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._row, id=id)
        self.redactor = Redactor.none()

    @property
    def target(self) -> TrafficPane:
        return self

    def put(self, kind: SessionKind, recording: Recording) -> None:
        events = recording.stream.events()
        self.set_items([TrafficRow(one.time, f"{kind} {one.kind} {len(one.data)} bytes") for one in events])

    def set_redactor(self, redactor: Redactor) -> None:
        self.redactor = redactor

    def mark_time(self, seconds: float) -> None:
        count = bisect_right([row.time for row in self.items], seconds)
        self.mark(count - 1, count)

    def _row(self, row: TrafficRow, _width: int) -> Text:
        return Text(row.text)


@pytest.fixture(autouse=True)
def pane(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide this module as `traffic_pane.py`."""
    monkeypatch.setitem(sys.modules, "replay_tui.ui.widgets.traffic_pane", sys.modules[__name__])


async def test_kind_pane_shows_rows_and_follows_playhead(run: Run, tmp_path: Path) -> None:
    async with run(write(tmp_path, (0.0, "o", "$ "), (4.0, "i", "ls\r"), (9.0, "o", "bye"))) as ui:
        ui.replay.controllers.view.show_kind(TRAFFIC)
        await ui.sees("traffic o 2 bytes", "traffic i 3 bytes", "as traffic")
        rows = ui.widget("#traffic")
        assert ui.app.focused is rows
        await ui.press("home", "down", "enter")
        await ui.at(4.0)
        await ui.until(lambda: (rows.current, rows.future) == (1, 2))
        await ui.press("t", "r", "r")
        await ui.until(lambda: ui.state.pane == "main" and rows.display and ui.app.focused is rows)
        ui.replay.controllers.view.show_kind(kinds.TERMINAL)
        await ui.until(lambda: not rows.display)


async def test_kind_pane_gets_redactor_of_hidden_input(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        ui.replay.controllers.view.show_kind(TRAFFIC)
        rows = ui.widget("#traffic")
        before = rows.redactor
        await ui.press("u")
        await ui.until(lambda: rows.redactor is not before)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=str)
def test_pane_class_exists_for_every_pane(kind: SessionKind) -> None:
    if kind.pane not in ("terminal", "page"):  # they are shared, and not named by a kind
        assert pane_class(kind.pane).__name__ == f"{kind.pane.capitalize()}Pane"
