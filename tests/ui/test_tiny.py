"""Terminals that are too small, and the smallest that is not."""

from __future__ import annotations

from pathlib import Path

from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import shell


@sampled("size", [(39, 12), (40, 11), (10, 3)], daily=1)
async def test_tiny_terminal_shows_required_size(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    async with run(shell(tmp_path), size=size) as ui:
        assert "40" in ui.text
        assert "needs" in ui.text
        await ui.pilot.resize_terminal(80, 24)
        await ui.until(lambda: "needs" not in ui.text and "00:00.0" in ui.text)


@sampled("size", [(39, 12), (40, 11), (24, 6)], daily=1)
async def test_tiny_terminal_hides_dialogs_and_notices(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    async with run(shell(tmp_path), size=size) as ui:
        await ui.press("n")
        await ui.noticed("Press / to search")
        assert "Press / to search" not in ui.text
        await ui.press("colon")
        await ui.sees("Go to")
        assert "needs" not in ui.text
        await ui.type("50%")
        await ui.sees("50%")
        await ui.press("enter")
        await ui.at(50)
        await ui.sees("needs")
        for key, words in (("x", "asciicast"), ("question_mark", "Help"), ("ctrl+p", "Search")):
            await ui.press(key)
            await ui.sees(words)
            assert "needs" not in ui.text
            assert "This terminal" not in ui.text
            await ui.press("escape")
            await ui.sees("needs")


async def test_smallest_terminal_works(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), size=(40, 12)) as ui:
        await ui.press("5")
        await ui.sees("00:50.0 / 01:40.0")
