"""Session list: next and previous session, the batch of a session, and the findings of all sessions."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.sources import open_source
from replay_tui.ui.list_findings import ListFindings
from replay_tui.ui.screens.list_findings import ListFindingsScreen
from replay_tui.ui.session_ref import SessionRef
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import VIM, shell, write

pytestmark = pytest.mark.slow

DROP = "drop table payments;"


def night(folder: Path) -> list[Path]:
    """Three sessions of a batch whose names are not in time order, one of another batch, and a file without session."""
    made = [
        write(folder, (0.0, "o", "psql\r\n"), (5.0, "i", text), name=name, id=name, session_batch_id=batch,
              type="database", connection_subtype="mysql", connection=name, start_date=start,
              end_date=None)
        for name, batch, start, text in (
            ("c.json", "night-1", "2026-11-20T01:00:00Z", "select 1;"),
            ("a.json", "night-1", "2026-11-20T02:00:00Z", DROP),
            ("b.json", "night-1", "2026-11-20T03:00:00Z", "delete from accounts;"),
            ("d.json", "night-2", "2026-11-20T04:00:00Z", "select 'night-1';"),
        )
    ]  # fmt: skip
    (folder / "e.json").write_text("night-1 was quiet")
    return made


def listed(ui: Driver) -> list[str]:
    return [Path(ref.path).name for ref in ui.app.navigation.sessions]


async def test_batch_of_file_is_found_in_its_folder(run: Run, tmp_path: Path) -> None:
    _, second, *_ = night(tmp_path)
    async with run(second) as ui:
        await ui.press("B")
        await ui.noticed("Session 2 of 3 of batch night-1")
        assert listed(ui) == ["c.json", "a.json", "b.json"]
        assert ui.state.ref.path == str(second)
        await ui.sees("· 2 of 3 ")
        await ui.press("right_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(tmp_path / "b.json") and ui.state.has_recording)
        await ui.press("left_curly_bracket", "left_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(tmp_path / "c.json"))
        await ui.press("left_curly_bracket")
        await ui.noticed("No earlier session")


async def test_batch_names_files_that_are_not_listed(run: Run, tmp_path: Path) -> None:
    _, second, *_ = night(tmp_path)
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "z\x1b[31m.json").write_bytes(second.read_bytes()[:150])
    async with run(second) as ui:
        await ui.press("B")
        await ui.noticed("Session 2 of 3 of batch night-1")
        (notice,) = ui.notices
        assert "e.json" in notice
        assert "gone.json: No such file or directory." in notice
        assert notice.endswith("and 1 more session not listed")
        await ui.press("F")
        assert not ui.notices, "it would cover the rows that it names"
        await ui.sees("3 of 3 sessions", "e.json", "gone.json", "z␛[31m.json")


async def test_batch_of_one_names_files_that_are_not_listed(run: Run, tmp_path: Path) -> None:
    *_, last = night(tmp_path)
    (tmp_path / "cut.json").write_bytes(last.read_bytes()[:150])
    async with run(last) as ui:
        await ui.press("B")
        await ui.noticed("No other session of batch night-2 found.")
        assert "cut.json" in ui.notices[0]


async def test_batch_of_session_without_one_is_a_notice(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("B")
        await ui.noticed("belongs to no batch")
        await ui.press("F")
        await ui.noticed("No other session in the list")
        assert ui.app.screen is ui.replay


async def test_batch_option_opens_batch_at_start(run: Run, tmp_path: Path) -> None:
    first, *_ = night(tmp_path)
    async with run(first, batch=True) as ui:
        await ui.noticed("Session 1 of 3 of batch night-1")


async def test_list_findings_choice_opens_session_at_time(run: Run, tmp_path: Path) -> None:
    first, second, third, _ = night(tmp_path)
    async with run(first, second, third, tmp_path / "e.json") as ui:
        await ui.press("F")
        await ui.sees("4 of 4 sessions", DROP, "delete from accounts", "e.json")
        rows = ui.widget("#list-findings")
        assert [row.position for row in rows.items] == [1, 2]
        await ui.press("w", "w", "down", "enter")
        await ui.until(lambda: ui.state.ref.path == str(third) and ui.state.findings is not None)
        await ui.at(5.0)
        await ui.press("F")  # findings computed before are kept
        assert ui.app.navigation.findings_of_list().complete
        await ui.sees("4 of 4 sessions")
        await ui.press("escape")
        assert ui.app.screen is ui.replay


async def test_list_findings_filter_ends_with_escape(run: Run, tmp_path: Path) -> None:
    async with run(*night(tmp_path)[:3]) as ui:
        await ui.press("F")
        await ui.sees("3 of 3 sessions", "2 findings")
        await ui.press("backslash")
        await ui.type("ACCOUNTS")
        await ui.press("enter")
        await ui.sees("1 of 2 findings with 'ACCOUNTS'", "delete from accounts")
        await ui.until(lambda: DROP not in ui.pane("#list-findings"))
        await ui.press("backslash")
        await ui.type("nowhere")
        await ui.press("enter")
        await ui.sees("0 of 2 findings", "no finding matches the filter")
        await ui.press("escape")
        await ui.sees(DROP, "delete from accounts")
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is ui.replay)


@sampled("size", [(80, 24), (120, 36)], daily=1)
async def test_list_findings_row_shows_date_and_user(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    year = datetime.now().year
    for name, user, day in (("a", "ana", 1), ("b", "bob", 2)):
        write(tmp_path, (0.0, "o", "psql\r\n"), (5.0, "i", DROP), name=f"{name}.json", id=name, user_name=user,
              type="database", connection_subtype="mysql", start_date=f"{year}-01-0{day}T12:00:00Z")  # fmt: skip
    async with run(tmp_path / "a.json", tmp_path / "b.json", size=size) as ui:
        await ui.press("F")
        await ui.sees("2 of 2 sessions")
        one, other = ui.pane("#list-findings").splitlines()[:2]
        assert "01 Jan " in one
        assert "ana" in one
        assert "02 Jan " in other
        assert "bob" in other
        assert "drop" in one


async def test_list_findings_of_open_session_moves_playhead(run: Run, tmp_path: Path) -> None:
    _, second, third, _ = night(tmp_path)
    async with run(second, third) as ui:
        replay = ui.replay
        await ui.press("F")
        await ui.sees("2 of 2 sessions")
        await ui.press("home", "enter")
        await ui.until(lambda: not isinstance(ui.app.screen, ListFindingsScreen))
        assert ui.replay is replay
        await ui.at(5.0)


def test_list_findings_reopened_while_working_has_no_duplicates(tmp_path: Path) -> None:
    """A thread that was cancelled while it reads a FIFO is still at work when the next one starts."""
    fifo = tmp_path / "fifo.json"
    os.mkfifo(fifo)
    list_findings = ListFindings([SessionRef(str(fifo)), SessionRef(str(VIM))])
    cancelled = CancelToken()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(list_findings.work, cancelled, lambda: None)
        with fifo.open("wb") as file:  # blocks until the first thread reads
            cancelled.cancel()
            second = pool.submit(list_findings.work, CancelToken(), lambda: None)
            file.write(VIM.read_bytes())
        first.result(60)
        assert (list_findings.done, list_findings.rows) == (0, [])
        with fifo.open("wb") as file:
            file.write(VIM.read_bytes())
        second.result(60)
    assert (list_findings.done, list_findings.notes) == (2, [])
    counts = Counter(row.position for row in list_findings.rows)
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("key", ["F", "B"])
async def test_list_findings_and_batch_closed_while_working(run: Run, tmp_path: Path, key: str) -> None:
    async with run(*night(tmp_path)) as ui:
        await ui.press(key, "escape", "right_curly_bracket", "q")


async def test_preloaded_session_can_be_reopened(run: Run, tmp_path: Path) -> None:
    ref = SessionRef(str(VIM), preloaded=open_source(str(VIM)))
    async with run(ref, shell(tmp_path)) as ui:
        await ui.press("right_curly_bracket")
        await ui.until(lambda: ui.state.ref.path != str(VIM) and ui.state.has_recording)
        await ui.press("left_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(VIM) and ui.state.findings)
