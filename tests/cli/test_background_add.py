"""The setting `archive`: a session that is opened is added to the library by another process."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from replay_tui.archive.library.library import Library
from replay_tui.archive.library.sessions import list_sessions
from replay_tui.cli.background_add import add_in_background
from replay_tui.domain.errors import ReplayError
from replay_tui.ui.session_ref import SessionRef
from tests.cli.runs import VIM
from tests.ui.driver import running
from tests.ui.sessions import PSYCOPG

WAIT_SECONDS = 120


def stored(folder: Path) -> list[str]:
    try:
        with Library.open(folder) as library:
            return [one.source for one in list_sessions(library)]
    except ReplayError:  # not made yet
        return []


@pytest.mark.slow
def test_opened_session_is_added_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    add_in_background(SessionRef("-"), archive=tmp_path / "library")
    add_in_background(SessionRef(VIM), archive=tmp_path / "library")
    end = time.monotonic() + WAIT_SECONDS
    while not stored(tmp_path / "library"):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert stored(tmp_path / "library") == [VIM]


@pytest.mark.slow
async def test_interface_reports_each_opened_session(tmp_path: Path) -> None:
    opened: list[str] = []
    async with running(
        Path(VIM), PSYCOPG, folder=tmp_path, on_opened=lambda ref: opened.append(Path(ref.path).name)
    ) as ui:
        await ui.press("right_curly_bracket")
        await ui.until(lambda: len(opened) == 2)
    assert opened == [Path(VIM).name, PSYCOPG.name]
