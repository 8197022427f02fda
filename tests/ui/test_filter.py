"""The filter bar under a list: matching rows, the newest filter, runs of statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.ui.widgets import line_list
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import PSYCOPG, VIM, shell


@sampled("at_once", [line_list.SYNC_FILTER_ITEMS, 0], daily=1)
async def test_filter_shows_matching_rows(run: Run, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(line_list, "SYNC_FILTER_ITEMS", at_once)
    async with run(PSYCOPG) as ui:
        listed = ui.widget("#statement-list")
        everything = listed.shown
        await ui.press("backslash")
        await ui.sees("Filter")
        await ui.type("delete")
        await ui.until(lambda: listed.shown == 1)  # while typing
        assert "DELETE" in ui.pane("#statement-list").upper()
        await ui.sees(f"1 of {everything} rows")
        await ui.press("enter")
        await ui.until(lambda: "filter delete" in ui.status)
        await ui.press("backslash", "enter")  # the bar contains the current filter
        await ui.until(lambda: "filter delete" in ui.status and listed.shown == 1)
        await ui.press("backslash", "backspace", "enter")
        await ui.until(lambda: listed.shown == everything)
        await ui.until(lambda: "filter delete" not in ui.status)


async def test_status_shows_filter_of_visible_list(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("t")
        await ui.until(lambda: "deploy.sh" in ui.pane("#transcript"))
        await ui.press("backslash", *"deploy", "enter")
        await ui.until(lambda: "filter deploy" in ui.status)
        await ui.press("r")
        await ui.until(lambda: "filter deploy" not in ui.status)
        await ui.press("t")
        await ui.until(lambda: "filter deploy" in ui.status)


async def test_escape_removes_filter(run: Run) -> None:
    async with run(PSYCOPG) as ui:
        listed = ui.widget("#statement-list")
        everything = listed.shown
        await ui.press("backslash", *"delete", "enter")
        await ui.until(lambda: listed.shown == 1)
        await ui.press("escape")
        await ui.until(lambda: listed.shown == everything and "filter" not in ui.status)
        await ui.press("escape")
        assert ui.app.is_running


async def test_newest_filter_of_long_list_wins(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_list, "SYNC_FILTER_ITEMS", 0)
    async with run(PSYCOPG) as ui:
        listed = ui.widget("#statement-list")
        everything = list(listed.items)
        for text in ("delete", "update", "insert"):
            listed.filter_text(text)
        await ui.until(lambda: 0 < listed.shown < len(everything))
        rows = [row for row in ui.pane("#statement-list").splitlines() if row.strip()]
        assert len(rows) > listed.shown
        assert all("INSERT" in row.upper() for row in rows[1 : listed.shown + 1])  # below the header
        listed.filter_text("delete")
        listed.filter_text("")
        assert listed.shown == len(everything)
        await ui.settle()
        assert listed.shown == len(everything)


async def test_run_unfolds_under_filter(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_list, "SYNC_FILTER_ITEMS", 0)
    async with run(PSYCOPG) as ui:
        listed = ui.widget("#statement-list")
        run_of_20 = next(row for row in listed.items if row.count == 20)
        listed.filter_text(run_of_20.statement.text)
        await ui.until(lambda: listed.shown == 1)
        listed.focus()
        await ui.press("home", "enter")
        await ui.until(lambda: listed.shown == 20)
        await ui.sees("▾ x 20")


async def test_filter_without_list_shows_notice(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("backslash")
        await ui.noticed("No list is focused")
