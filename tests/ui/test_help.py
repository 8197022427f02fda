"""Help and palette: every command, in 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.ui.command_table import COMMANDS
from tests.ui.conftest import Run
from tests.ui.sessions import shell


async def test_help_lists_every_command(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), size=(120, 140)) as ui:
        await ui.press("question_mark")
        await ui.sees("All keys")
        for command in COMMANDS:
            assert command.shown in ui.text, command.id
            assert command.help[:30] in ui.text, command.id


@pytest.mark.exhaustive
async def test_help_fits_80_columns_and_scrolls(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), size=(80, 24)) as ui:
        await ui.press("question_mark")
        await ui.sees("Play or pause")
        await ui.press(*["pagedown"] * 10)
        await ui.sees("Wheel up: the scrolled-off lines")


async def test_palette_runs_command(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("ctrl+p")
        await ui.until(lambda: ui.app.screen is not ui.replay)
        await ui.type("full screen")
        await ui.sees("Show only the recording")
        await ui.press("down", "enter")
        await ui.until(lambda: ui.replay.has_class("full"))
