"""Copied text, selections and what Ctrl+C does."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import PSQL, PSYCOPG, VIM, shell


async def test_copy_takes_screen_statement_or_line(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), PSYCOPG) as ui:
        await ui.press("G")
        await ui.until(lambda: "needle one" in ui.pane("#terminal"))
        await ui.press("y")
        await ui.until(lambda: "alpha beta" in ui.app.clipboard)
        assert "\x1b" not in ui.app.clipboard
        await ui.press("r", "home", "y")
        await ui.until(lambda: ui.app.clipboard == "00:00:00.000  output  event 0, 2 bytes")
        await ui.press("right_curly_bracket")
        await ui.until(lambda: len(ui.app.screen_stack) == 2 and ui.state.findings is not None)
        await ui.press("s", "y")
        statement = ui.state.recording.statements[1]
        await ui.until(lambda: ui.app.clipboard == statement.text)


async def test_copied_command_opens_same_moment(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.until(lambda: ui.state.findings is not None)
        await ui.press("5", "full_stop", "Y")
        await ui.noticed("Copied: replay-tui /")
        program, path, option, time = shlex.split(ui.app.clipboard)
        assert (program, Path(path), option) == ("replay-tui", Path(VIM).resolve(), "--at")
        stream, moment = ui.state.recording.stream, ui.state.recording.parse_position(time)
        assert stream.event_count_at(moment) == stream.event_count_at(ui.state.player.position)


async def test_ctrl_c_in_dialog_exits_130(run: Run, tmp_path: Path) -> None:
    for keys in ("ctrl+c", "colon ctrl+c"):
        async with run(shell(tmp_path)) as ui:
            app = ui.app
            await ui.press(*keys.split())
        assert app.return_code == 130
        assert app.return_value == 130


async def test_ctrl_c_copies_selection_first(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("9")
        await ui.until(lambda: "total 16" in ui.pane("#terminal"))
        row = ui.text.splitlines().index(next(line for line in ui.text.splitlines() if "total 16" in line))
        await _drag(ui, (1, row), (30, row + 1))
        await ui.press("ctrl+c")
        await ui.noticed("Copied the selection")
        assert ui.app.clipboard.startswith("total 16\ndrwxr-xr-x 3 root root 4096")
        await _drag(ui, (5, ui.widget("#timeline").region.y), (60, ui.widget("#timeline").region.y))
        await ui.press("ctrl+c")
        await ui.until(lambda: ui.app.return_code == 130)


async def test_list_rows_can_be_selected(run: Run) -> None:
    async with run(PSQL) as ui:
        listed = ui.widget("#statement-list").region
        await _drag(ui, (listed.x, listed.y + 4), (listed.x + 40, listed.y + 5))
        await ui.press("ctrl+c")
        await ui.until(lambda: "  begin;\n" in ui.app.clipboard and "update" in ui.app.clipboard.lower())


async def _drag(ui: Driver, start: tuple[int, int], end: tuple[int, int]) -> None:
    await ui.pilot.mouse_down(offset=start)
    await ui.pilot.hover(offset=end)
    await ui.pilot.mouse_up(offset=end)
    await ui.settle()
