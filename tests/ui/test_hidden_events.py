"""Hidden event kinds: what is missing, and where the interface says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fixtures import SESSIONS
from tests.ui.conftest import Run
from tests.ui.sessions import PSQL, TABLE, shell


async def test_hidden_output_is_missing_and_in_banner(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("G")
        await ui.until(lambda: "alpha beta" in ui.pane("#terminal"))
        await ui.press("O")
        await ui.sees("output events are hidden: this is not the recorded screen")
        await ui.until(lambda: "alpha" not in ui.pane("#terminal") and "gamma: missing" in ui.pane("#terminal"))
        await ui.press("t")
        await ui.until(lambda: "gamma: missing" in ui.pane("#transcript"))
        assert "alpha" not in ui.pane("#transcript")
        await ui.press("O")
        await ui.until(lambda: "alpha beta" in ui.pane("#transcript"))
        await ui.press("t", "E")
        await ui.sees("error events are hidden")
        await ui.until(lambda: "gamma" not in ui.pane("#terminal") and "alpha beta" in ui.pane("#terminal"))
        await ui.press("E")
        await ui.until(lambda: "are hidden" not in ui.text.replace("are hidden.", ""))


@pytest.mark.exhaustive
async def test_hidden_events_are_missing_in_script_output(run: Run) -> None:
    async with run(SESSIONS / "exec-bash-failed.json") as ui:
        whole = ui.pane("#text")
        assert str(ui.state.kind) == "text"
        await ui.press("E")
        await ui.until(lambda: ui.pane("#text") != whole and "this is not the complete output" in ui.pane("#banner"))
        left = ui.pane("#text")
        await ui.press("O")
        await ui.sees("no output", "output and error events are hidden")
        await ui.press("r")
        await ui.until(lambda: "are hidden" not in ui.pane("#banner"), "the raw bytes are all there")
        await ui.press("r", "O")
        await ui.until(lambda: ui.pane("#text") == left)
        await ui.press("E")
        await ui.until(lambda: ui.pane("#text") == whole)
        assert not ui.widget("#banner").has_class("shown")


@pytest.mark.exhaustive
async def test_hidden_events_are_missing_in_table(run: Run) -> None:
    async with run(TABLE) as ui:
        await ui.until(lambda: "rows" in ui.pane("#table"))
        await ui.press("O")
        await ui.until(lambda: ui.widget("#text").display and "no output" in ui.pane("#text"))
        assert ui.app.focused is ui.widget("#text")
        await ui.press("v", "enter")
        await ui.until(lambda: str(ui.state.kind) == "text")
        await ui.press("O")
        await ui.until(lambda: "no output" not in ui.pane("#text"))


async def test_filter_without_effect_shows_no_banner(run: Run, tmp_path: Path) -> None:
    async with run(PSQL) as ui:
        before = ui.widget("#banner").has_class("shown"), ui.pane("#statement-list")
        for key, name in (("O", "Output"), ("E", "Error"), ("I", "Input")):
            await ui.press(key)
            await ui.noticed(f"{name} events are hidden: steps skip them; this view does not change.")
            assert (ui.widget("#banner").has_class("shown"), ui.pane("#statement-list")) == before
    async with run(shell(tmp_path)) as ui:
        await ui.press("I")
        await ui.noticed("keystrokes and steps skip them; the screen does not change")


async def test_status_line_shows_hidden_events(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        assert "without" not in ui.status
        for key, shown in (
            ("I", "without input"),
            ("O", "without input, output"),
            ("E", "without input, output, errors"),
        ):
            await ui.press(key)
            await ui.until(lambda shown=shown: f"  {shown}  " in f"{ui.status}  ")
