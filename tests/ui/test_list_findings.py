"""Several sessions as one list: next and previous, the batch of a session, and the findings of all of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from replay_tui.sources import open_source
from replay_tui.ui.screens.list_findings import ListFindingsScreen
from replay_tui.ui.session_ref import SessionRef
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import VIM, shell, write

pytestmark = pytest.mark.slow

DROP = "drop table payments;"


def night(folder: Path) -> list[Path]:
    """Three sessions of a batch, named against their order in time, one of another batch, one that is none."""
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
    return [Path(ref.path).name for ref in ui.app.sessions]


async def test_the_batch_of_a_file_is_found_beside_it(run: Run, tmp_path: Path) -> None:
    _, second, *_ = night(tmp_path)
    async with run(second) as ui:
        await ui.press("B")
        await ui.noticed("3 sessions of batch night-1, this is number 2")
        assert listed(ui) == ["c.json", "a.json", "b.json"]
        assert ui.state.ref.path == str(second)
        await ui.sees("· 2 of 3 ")
        await ui.press("right_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(tmp_path / "b.json") and ui.state.has_recording)
        await ui.press("left_curly_bracket", "left_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(tmp_path / "c.json"))
        await ui.press("left_curly_bracket")
        await ui.noticed("no earlier session")


async def test_a_session_without_a_batch_says_so(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("B")
        await ui.noticed("belongs to no batch")
        await ui.press("F")
        await ui.noticed("one session in the list")
        assert ui.app.screen is ui.replay


async def test_a_batch_is_opened_at_once_where_asked(run: Run, tmp_path: Path) -> None:
    first, *_ = night(tmp_path)
    async with run(first, batch=True) as ui:
        await ui.noticed("3 sessions of batch night-1, this is number 1")


async def test_findings_of_all_sessions_are_jumps(run: Run, tmp_path: Path) -> None:
    first, second, third, _ = night(tmp_path)
    async with run(first, second, third, tmp_path / "e.json") as ui:
        await ui.press("F")
        await ui.sees("4 of 4 sessions", DROP, "delete from accounts", "e.json")
        rows = ui.widget("#set-findings")
        assert [row.position for row in rows.items] == [1, 2]
        await ui.press("w", "w", "down", "enter")
        await ui.until(lambda: ui.state.ref.path == str(third) and ui.state.findings is not None)
        await ui.at(5.0)
        await ui.press("F")  # what is known is there at once
        assert ui.app.findings_of_list().complete
        await ui.sees("4 of 4 sessions")
        await ui.press("escape")
        assert ui.app.screen is ui.replay


async def test_findings_of_all_are_filtered_and_escape_ends_the_filter(run: Run, tmp_path: Path) -> None:
    async with run(*night(tmp_path)[:3]) as ui:
        await ui.press("F")
        await ui.sees("3 of 3 sessions", "2 findings")
        await ui.press("backslash")
        await ui.type("ACCOUNTS")
        await ui.press("enter")
        await ui.sees("1 of 2 findings with 'ACCOUNTS'", "delete from accounts")
        await ui.until(lambda: DROP not in ui.pane("#set-findings"))
        await ui.press("backslash")
        await ui.type("nowhere")
        await ui.press("enter")
        await ui.sees("0 of 2 findings", "none holds the words of the filter")
        await ui.press("escape")
        await ui.sees(DROP, "delete from accounts")
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is ui.replay)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_findings_of_one_connection_are_told_apart_by_date_and_user(
    run: Run, tmp_path: Path, size: tuple[int, int]
) -> None:
    year = datetime.now().year
    for name, user, day in (("a", "ana", 1), ("b", "bob", 2)):
        write(tmp_path, (0.0, "o", "psql\r\n"), (5.0, "i", DROP), name=f"{name}.json", id=name, user_name=user,
              type="database", connection_subtype="mysql", start_date=f"{year}-01-0{day}T12:00:00Z")  # fmt: skip
    async with run(tmp_path / "a.json", tmp_path / "b.json", size=size) as ui:
        await ui.press("F")
        await ui.sees("2 of 2 sessions")
        one, other = ui.pane("#set-findings").splitlines()[:2]
        assert "01 Jan " in one
        assert "ana" in one
        assert "02 Jan " in other
        assert "bob" in other
        assert "drop" in one


async def test_a_finding_of_the_session_on_screen_moves_the_playhead(run: Run, tmp_path: Path) -> None:
    _, second, third, _ = night(tmp_path)
    async with run(second, third) as ui:
        replay = ui.replay
        await ui.press("F")
        await ui.sees("2 of 2 sessions")
        await ui.press("home", "enter")
        await ui.until(lambda: not isinstance(ui.app.screen, ListFindingsScreen))
        assert ui.replay is replay
        await ui.at(5.0)


@pytest.mark.parametrize("key", ["F", "B"])
async def test_leaving_while_work_goes_on(run: Run, tmp_path: Path, key: str) -> None:
    async with run(*night(tmp_path)) as ui:
        await ui.press(key, "escape", "right_curly_bracket", "q")


async def test_a_session_whose_reading_began_outside_can_be_come_back_to(run: Run, tmp_path: Path) -> None:
    ref = SessionRef(str(VIM), preloaded=open_source(str(VIM)))
    async with run(ref, shell(tmp_path)) as ui:
        await ui.press("right_curly_bracket")
        await ui.until(lambda: ui.state.ref.path != str(VIM) and ui.state.has_recording)
        await ui.press("left_curly_bracket")
        await ui.until(lambda: ui.state.ref.path == str(VIM) and ui.state.findings)
