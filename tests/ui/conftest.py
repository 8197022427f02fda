"""Fixtures of the interface tests: a running application, and findings that do not depend on the rules."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from textual.screen import Screen

from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.recording import Recording
from tests.ui.driver import Driver, running

Run = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write nothing to the terminal, which takes a third of the time; tests read the composed rows."""
    monkeypatch.setattr(Screen, "_compositor_refresh", lambda screen: screen._compositor._dirty_regions.clear())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that starts the interface; see `running`."""
    return partial(running, folder=tmp_path)


@pytest.fixture
def flagged(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Replace the findings of every session by three fixed ones, and return them."""
    found = [
        Finding(10.5, "one", Severity.HIGH, "removes a folder", "rm -rf /srv"),
        Finding(30.0, "two", Severity.MEDIUM, "gains rights", "sudo -i"),
        Finding(90.0, "three", Severity.LOW, "reads a table", "select"),
    ]
    monkeypatch.setattr(Recording, "findings", property(lambda recording: found))
    return found
