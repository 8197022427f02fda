"""Ending the program while it is working."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from replay_tui.domain.finding import Finding
from replay_tui.recording import Recording
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.session_ref import SessionRef
from tests.ui.sessions import shell


def test_ctrl_c_ends_during_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysing, release, ended = threading.Event(), threading.Event(), threading.Event()

    def findings(recording: Recording) -> list[Finding]:
        analysing.set()
        release.wait()
        ended.set()
        return []

    async def interrupt(pilot: Pilot[int]) -> None:
        while not analysing.is_set():
            await pilot.pause()
        await pilot.press("ctrl+c")

    monkeypatch.setattr(Recording, "findings", property(findings))
    app = ReplayApp([SessionRef(str(shell(tmp_path)))], store=StateStore(tmp_path / "state"))
    try:
        app.run(headless=True, auto_pilot=interrupt)
        assert not ended.is_set()
        assert app.return_code == 130
    finally:
        release.set()
