"""Statements: steps, the pane that lists them, and their details."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from replay_tui.domain.finding import Finding
from replay_tui.recording import Recording
from tests.support.fixtures import FIXTURES, SESSIONS
from tests.ui.conftest import Run
from tests.ui.sessions import PSQL, PSYCOPG, VIM, write


@pytest.mark.daily
async def test_s_steps_through_statements_both_ways(run: Run) -> None:
    async with run(PSQL) as ui:
        statements = ui.state.recording.statements
        visited: list[int | None] = []
        for _ in statements:
            await ui.press("s")
            visited.append(ui.state.current_statement)
        assert visited == list(range(visited[0] or 0, len(statements))) + [len(statements) - 1] * (visited[0] or 0)
        await ui.press("s")
        await ui.noticed("No later statement")
        for number in reversed(range(len(statements) - 1)):
            await ui.press("S")
            assert ui.state.current_statement == number
            await ui.at(statements[number].time)
        await ui.press("S")
        await ui.noticed("No earlier statement")


async def test_step_while_playing_continues_from_there(run: Run) -> None:
    async with run(PSQL, play=True) as ui:
        statements = ui.state.recording.statements
        ui.clock.advance(statements[1].time + 0.01)
        await ui.until(lambda: ui.position > statements[1].time)
        await ui.press("s")
        await ui.at(statements[2].time)
        ui.clock.advance(0.5)
        await ui.at(statements[2].time + 0.5)
        await ui.press("S")
        await ui.at(statements[2].time)
        assert ui.state.player.playing


async def test_statements_at_same_time_step_one_by_one(run: Run) -> None:
    async with run(PSYCOPG) as ui:
        statements = ui.state.recording.statements
        await ui.press("g")
        seen = set()
        for _ in range(len(statements)):
            await ui.press("s")
            seen.add(ui.state.current_statement)
        assert len(seen) >= len(statements) - 1


async def test_script_statements_step_with_caption(run: Run) -> None:
    async with run(FIXTURES / "demo-src" / "drop-blocked.json") as ui:
        statements = ui.state.recording.statements
        assert len({one.time for one in statements}) == 1 < len(statements)
        for number, one in enumerate(statements, start=1):
            await ui.press("s")
            await ui.until(lambda number=number: f" {number} of {len(statements)} " in ui.pane("#keys"))
            assert " ".join(one.text.split())[:30] in ui.pane("#keys")
        await ui.press("s")
        await ui.noticed("No later statement")
        await ui.press("S")
        await ui.until(lambda: f" {len(statements) - 1} of " in ui.pane("#keys"))
        await ui.press("G", "S")
        await ui.until(lambda: f" {len(statements)} of " in ui.pane("#keys"))
        await ui.press("G")
        await ui.until(lambda: "help" in ui.pane("#keys"))


async def test_waiting_script_steps_from_first_statement(run: Run) -> None:
    async with run(SESSIONS / "exec-review-pending.json") as ui:
        while not ui.state.kind.lists_statements:
            await ui.press("v", "enter")
        await ui.until(lambda: "1 of 2" in ui.pane("#statement-detail") and "DELETE" in ui.pane("#statement-detail"))
        await ui.press("s", "s")
        await ui.until(lambda: "VACUUM" in ui.pane("#statement-detail"))
        assert ui.widget("#statement-list").current == 1


async def test_statement_key_during_analysis_is_deferred(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse = threading.Event()

    def findings(recording: Recording) -> list[Finding]:
        assert recording.statements
        analyse.wait(120)
        return []

    monkeypatch.setattr(Recording, "findings", property(findings))
    async with run(VIM, ready=False) as ui:
        try:
            await ui.until(lambda: ui.state.has_recording and ui.state.recording.is_analysed)
            assert ui.state.findings is None
            await ui.press("s")
            await ui.noticed("Statements are available once")
        finally:
            analyse.set()
        await ui.analysed()
        await ui.press("s")
        await ui.at(ui.state.recording.statements[0].time)


async def test_statements_pane_follows_playhead_and_dims_future(run: Run) -> None:
    async with run(PSQL) as ui:
        statements = ui.state.recording.statements
        await ui.press("space")
        ui.clock.advance((statements[3].time + statements[4].time) / 2)
        listed = ui.widget("#statement-list")
        await ui.until(lambda: listed.current == 3)
        await ui.until(lambda: "4 of 7" in ui.pane("#statement-detail"))
        assert listed.future == 4
        await ui.press("space")
        await ui.until(lambda: listed.future is None)  # dim only during playback


async def test_statement_runs_fold_and_unfold(run: Run) -> None:
    async with run(PSYCOPG) as ui:
        await ui.sees("▸ x 20")
        listed = ui.widget("#statement-list")
        rows = len(listed.items)
        position = next(i for i, row in enumerate(listed.items) if row.folded and row.count == 20)
        listed.focus()
        listed.move_to_item(position)
        await ui.press("enter")
        await ui.sees("▾ x 20")
        assert len(listed.items) == rows + 19
        await ui.press("enter")
        await ui.sees("▸ x 20")
        assert len(listed.items) == rows


async def test_grown_list_keeps_unfolded_runs_and_cursor(run: Run) -> None:
    async with run(PSYCOPG) as ui:
        listed = ui.widget("#statement-list")
        listed.focus()
        listed.move_to_item(next(i for i, row in enumerate(listed.items) if row.folded and row.count == 20))
        await ui.press("enter", "down", "down")
        rows, cursor = len(listed.items), listed.cursor
        recording = ui.state.recording
        recording.apply(recording.reanalyse())
        ui.replay.controllers.view.show_findings(recording.findings, grown=True)
        await ui.settle()
        assert (len(listed.items), listed.cursor) == (rows, cursor)
        await ui.sees("▾ x 20")


async def test_detail_shows_bound_parameters(run: Run) -> None:
    async with run(PSYCOPG) as ui:
        statement = ui.state.recording.statements[2]
        assert statement.params
        await ui.press("s", "s")
        assert ui.state.current_statement == 2
        await ui.until(lambda: f"$1 = {statement.params[0]}" in ui.pane("#statement-detail"))


async def test_long_sql_is_formatted_and_copied_as_sent(run: Run, tmp_path: Path) -> None:
    sql = "select id, total, customer from orders join customers on orders.customer = customers.id where total > 100"
    path = write(tmp_path, (0.0, "i", sql), (1.0, "i", "select 1"), type="database", connection_subtype="mysql")
    async with run(path) as ui:
        await ui.press("g")
        await ui.until(lambda: "from orders" in ui.pane("#statement-detail"))
        lines = [line.strip("│ ") for line in ui.pane("#statement-detail").splitlines()]
        assert any(line.startswith("where total > 100") for line in lines)
        await ui.press("y")
        await ui.until(lambda: ui.app.clipboard == sql)


async def test_header_says_that_results_are_not_recorded(run: Run) -> None:
    async with run(PSYCOPG, size=(120, 36)) as ui:
        await ui.until(lambda: "statement (results and errors are not recorded)" in ui.pane("#statement-list"))
    async with run(VIM, size=(120, 36)) as ui:
        await ui.press("v", "enter")
        await ui.until(lambda: "statement" in ui.pane("#statement-list"))
        assert "not recorded" not in ui.pane("#statement-list")
