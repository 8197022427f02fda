"""Search in a session: hits are listed, marked and stepped through; the newest search wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.recording import Recording
from replay_tui.search.search import Hit
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import TABLE, shell, write


@pytest.mark.daily
async def test_search_lists_marks_and_steps_through_hits(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("slash")
        await ui.sees("Search")
        await ui.type("needle")
        await ui.press("enter")
        await ui.sees("1 match", "01:30.0 screen")
        await ui.until(lambda: ui.app.focused is ui.widget("#hits"))
        assert "/" in ui.pane("#timeline").splitlines()[1]
        await ui.press("enter")
        await ui.at(90)
        await ui.until(lambda: "match 1 of 1" in ui.status)
        await ui.until(lambda: "needle" in "".join(_highlighted(ui)))
        await ui.press("escape")  # closes the panel, keeps the matches
        await ui.until(lambda: not ui.replay.has_class("searching"))
        assert ui.app.focused is ui.widget("#terminal")
        await ui.press("g")
        await ui.until(lambda: "/" in ui.pane("#timeline").splitlines()[1])
        await ui.press("n")
        await ui.at(90)
        await ui.until(lambda: _highlighted(ui))
        await ui.press("slash")
        await ui.sees("1 match", "01:30.0 screen")
        await ui.press("escape", "escape")
        await ui.until(lambda: not _highlighted(ui) and "match" not in ui.status)
        await ui.press("g", "n")
        await ui.until(lambda: "/" not in ui.pane("#timeline").splitlines()[1])
        await ui.noticed("Press / to search")


async def test_n_steps_through_hits_with_panel_open(run: Run, tmp_path: Path) -> None:
    events = [(float(at), "o", f"line {at} {'needle' if at % 10 == 0 else ''}\r\n") for at in range(60)]
    async with run(write(tmp_path, *events)) as ui:
        await ui.press("slash")
        await ui.type("needle")
        await ui.press("enter")
        await ui.until(lambda: "6 matches" in ui.text and "searching" not in ui.pane("#search"))
        for position in (10, 20, 30):
            await ui.press("n")
            await ui.at(position)
        await ui.press("N")
        await ui.at(20)
        await ui.press("G", "n")
        await ui.noticed("No later match")
        await ui.press("g", "N")
        await ui.noticed("No earlier match")


async def test_hits_at_same_time_move_output_cursor(run: Run) -> None:
    async with run(TABLE) as ui:
        await ui.press("slash")
        await ui.type("Customer 4")
        await ui.press("enter")
        await ui.until(lambda: ui.state.search.hits and "searching" not in ui.pane("#search"))
        first, second = (hit.text.split() for hit in ui.state.search.hits[:2])
        await ui.press("n")
        await ui.until(lambda: "match 1 of" in ui.status)
        await ui.until(lambda: first == _row(ui))
        await ui.press("n")
        await ui.until(lambda: "match 2 of" in ui.status)
        await ui.until(lambda: second == _row(ui))
        await ui.press("N")
        await ui.until(lambda: first == _row(ui))


def _row(ui: Driver) -> list[str]:
    """Return the words of the table row under the cursor."""
    table = ui.widget("#table")
    return " ".join(table.items[table.selected]).split()


@pytest.mark.exhaustive
async def test_hits_at_same_time_step_one_by_one(run: Run, tmp_path: Path) -> None:
    events = [
        (0.0, "o", "log:\r\n"),  # no prompt, so that no command is read
        (5.0, "o", "needle one\r\nneedle two\r\n"),
        (9.0, "o", "needle three\r\nneedle four\r\n"),
    ]
    async with run(write(tmp_path, *events)) as ui:
        await ui.press("slash")
        await ui.type("needle")
        await ui.press("enter")
        await ui.until(lambda: "4 matches" in ui.text and "searching" not in ui.pane("#search"))
        found = ui.widget("#hits")
        for number, position in enumerate((5, 5, 9, 9), 1):
            await ui.press("n")
            await ui.at(position)
            await ui.until(lambda number=number: f"match {number} of 4" in ui.status, ui.status)
            assert found.cursor == found.current == number - 1
        await ui.press("n")
        await ui.noticed("No later match")
        await ui.press("N", "N")
        await ui.until(lambda: "match 2 of 4" in ui.status)
        await ui.at(5)
        await ui.press("G")
        await ui.until(lambda: "match 4 of 4" in ui.status)
        await ui.press("g")
        await ui.until(lambda: "4 matches" in ui.status)
        await ui.press("down", "enter")
        await ui.until(lambda: "match 3 of 4" in ui.status)


async def test_newest_search_wins(run: Run, tmp_path: Path, monkeypatch: object) -> None:
    asked: list[str] = []

    def find(recording: Recording, pattern: str, **_: object) -> object:
        asked.append(pattern)
        return iter([Hit(10.0 * n, "screen", f"{pattern} {n}", 0, len(pattern)) for n in range(50)])

    monkeypatch.setattr(Recording, "iter_search", find)  # type: ignore[attr-defined]
    async with run(shell(tmp_path)) as ui:
        await ui.press("slash")
        await ui.type("one")
        await ui.press("enter")
        await ui.sees("50 matches")
        await ui.press("slash", "backspace")
        await ui.type("two")
        await ui.press("enter")
        await ui.sees("two 0")
        assert "one 0" not in ui.text
        assert asked == ["one", "two"]


async def test_search_without_hits_or_invalid_shows_notice(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("n")
        await ui.noticed("Press / to search")
        await ui.press("slash")
        await ui.type("haystack")
        await ui.press("enter")
        await ui.noticed("No matches.")
        ui.widget("#search-input").value = "/(/"
        await ui.press("enter")
        await ui.until(lambda: any(one.severity == "error" for one in ui.app._notifications))


async def test_search_between_slashes_is_regex(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("slash")
        await ui.type("/n.{4}e o/")
        ui.widget("#search-input").value = "/n.{4}e/"
        await ui.press("enter")
        await ui.sees("1 match")


async def test_search_at_80_columns_keeps_screen_visible(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), size=(80, 24)) as ui:
        await ui.press("slash")
        await ui.type("alpha")
        await ui.press("enter")
        await ui.sees("1 match")
        await ui.press("enter")
        await ui.until(lambda: "alpha beta" in ui.pane("#terminal"))


async def test_keys_after_search_key_are_the_pattern(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.type_at_once("/gamma\n")
        await ui.until(lambda: ui.state.search.hits)
        assert ui.state.pane == "main"
        assert not ui.state.keystrokes_shown


def _highlighted(ui: Driver) -> list[str]:
    """Return the highlighted texts of the recorded screen; the recording itself has no bold text."""
    area = ui.widget("#terminal").region
    rows = [strip.crop(area.x, area.right) for strip in ui.strips[area.y : area.bottom]]
    return [one.text for row in rows for one in row if one.style and one.style.bold]
