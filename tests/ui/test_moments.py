"""Navigation: flagged moments, statements, search, bookmarks, filters."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.findings.rules import custom_rules
from replay_tui.recording import Recording
from replay_tui.search.search import Hit
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.widgets import line_list
from tests.cli.test_secrets import SECRET, printed_back
from tests.support.effort import sampled
from tests.support.fixtures import FIXTURES, SESSIONS
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import HOTFIX, PSQL, PSYCOPG, TABLE, VIM, shell, write

pytestmark = pytest.mark.slow


async def test_brackets_step_through_flagged_moments(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        for position in (10.5, 30):  # the finding at 90 s is a low one
            await ui.press("right_square_bracket")
            await ui.at(position)
            here = next(one for one in flagged if one.time == position)
            await ui.until(
                lambda here=here: f"{here.evidence}  {here.message}" in ui.pane("#keys"), "told in the footer"
            )
            assert not ui.notices, "nothing lies over the recording"
        await ui.press("right_square_bracket")
        await ui.noticed("No later flagged moment")
        await ui.press("left_square_bracket")
        await ui.at(10.5)
        await ui.press("g", "left_square_bracket")
        await ui.noticed("No earlier flagged moment")
        await ui.until(lambda: "help" in ui.pane("#keys"), "the keys are back")


async def test_caption_shows_flagged_moment_while_playing(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path), at="9", play=True) as ui:
        assert "removes a folder" not in ui.pane("#keys")
        ui.clock.advance(2.0)
        await ui.until(lambda: "! rm -rf /srv  removes a folder" in ui.pane("#keys"))
        ui.clock.advance(2.0)
        await ui.until(lambda: "play/pause" in ui.pane("#keys"))


async def test_chosen_finding_closes_overlay(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path), size=(80, 24)) as ui:
        await ui.press("a", "down", "enter")
        await ui.at(30)
        await ui.until(lambda: not ui.widget("#side").display)
        assert ui.app.focused is ui.widget("#terminal")


async def test_risk_panel_finding_jumps_on_enter(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path), size=(200, 50)) as ui:
        await ui.sees("3 findings", "! 00:10.5 rm -rf /srv  removes a folder", "~ 00:30.0 sudo -i", ". 01:30.0 select")
        ui.widget("#findings").focus()
        await ui.press("down", "enter")
        await ui.at(30)
        await ui.press("up", "enter")
        await ui.at(10.5)


async def test_low_findings_are_stepped_to_without_worse_ones(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    del flagged[:2]
    async with run(shell(tmp_path)) as ui:
        await ui.press("right_square_bracket")
        await ui.at(90)


async def test_worst_moment_is_the_most_severe_finding(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    flagged.reverse()
    async with run(shell(tmp_path), at="flagged") as ui:
        await ui.at(10.5)
        await ui.press("G", "asterisk")
        await ui.at(10.5)
        await ui.until(lambda: "! rm -rf /srv  removes a folder" in ui.pane("#keys"))


async def test_findings_are_listed_worst_first_or_by_time(run: Run, tmp_path: Path) -> None:
    session = write(tmp_path, (0.0, "o", "$ "), (5.0, "o", "\x1b[c"), (9.0, "o", "\x1b]52;c;eA==\x07"))
    async with run(session, size=(200, 50)) as ui:
        await ui.until(lambda: ui.pane("#findings").splitlines()[1:3])
        await ui.sees("2 findings")
        assert [row.strip("│ ")[:9] for row in ui.pane("#findings").splitlines()[1:3]] == ["! 00:09.0", "i 00:05.0"]
        await ui.press("T")
        await ui.noticed("Findings: by time.")
        assert [row.strip("│ ")[:9] for row in ui.pane("#findings").splitlines()[1:3]] == ["i 00:05.0", "! 00:09.0"]
        ui.widget("#findings").focus()
        await ui.press("home", "enter")
        await ui.at(5)


async def test_timeline_shows_flagged_moments_by_shape(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        row = ui.pane("#timeline").splitlines()[1]
        for shape, part in (("!", 0.105), ("~", 0.3), (".", 0.9)):
            assert abs(row.index(shape) - part * (len(row) - 1)) <= 1


async def test_session_without_flags_shows_notice(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    flagged.clear()
    async with run(shell(tmp_path)) as ui:
        await ui.press("right_square_bracket")
        await ui.noticed("No flagged moment in this session")
        await ui.sees("nothing flagged")


async def test_informational_findings_are_not_stepped_to(run: Run, tmp_path: Path) -> None:
    session = write(
        tmp_path,
        (0.0, "o", "\x1b]0;ana@app-1: ~\x07$ "),
        (5.0, "o", "\x1b[c"),
        (9.0, "o", "\x1b]52;c;eA==\x07"),
    )
    async with run(session, at="flagged", size=(200, 50)) as ui:
        await ui.at(9)
        await ui.sees("3 findings", "i 00:00.0", "i 00:05.0", "! 00:09.0")
        await ui.press("left_square_bracket")
        await ui.noticed("No earlier flagged moment")
        ui.widget("#findings").focus()
        await ui.press("end", "enter")
        await ui.at(5)


async def test_at_flagged_informational_only_opens_start(run: Run, tmp_path: Path) -> None:
    async with run(write(tmp_path, (0.0, "o", "$ "), (5.0, "o", "\x1b]0;x\x07")), at="flagged") as ui:
        await ui.noticed("No flagged moment in this session")
        await ui.at(0)
        await ui.sees("1 finding")


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


async def test_custom_rules_flag_moments(run: Run) -> None:
    rules = custom_rules([{"name": "cards", "severity": "high", "sentence": "Reads card numbers.", "pattern": "card"}])
    async with run(PSQL, rules=rules, at="flagged", size=(200, 50)) as ui:
        first = next(one for one in ui.state.recording.statements if "card" in one.text)
        await ui.at(first.time)
        await ui.sees("Reads card numbers.")
        await ui.until(lambda: "!" in ui.pane("#timeline"))


async def test_ai_word_finding_is_shown_as_a_guess(run: Run) -> None:
    async with run(PSQL, size=(200, 50)) as ui:
        await ui.sees("card, names  May be the")


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


async def test_script_findings_step_with_caption(run: Run) -> None:
    async with run(FIXTURES / "demo-src" / "drop-blocked.json", size=(120, 60)) as ui:
        findings, listed = ui.state.findings, ui.widget("#findings")
        await ui.until(lambda: listed.current == 0, "the worst one")
        flagged = [number for number, one in enumerate(findings) if not one.informational]
        assert len(flagged) < len(findings)
        for number in flagged:
            one = findings[number]
            await ui.press("right_square_bracket")
            await ui.until(lambda number=number: listed.current == listed.cursor == number)
            place = f"{one.severity.symbol} {number + 1} of {len(findings)}  {one.evidence[:40]}"
            await ui.until(lambda place=place: place in ui.pane("#keys"))
            assert ui.state.current_statement == one.statement
        await ui.press("right_square_bracket")
        await ui.noticed("No later flagged moment")
        await ui.press("left_square_bracket")
        await ui.until(lambda: listed.current == flagged[-2])


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


async def test_single_flagged_moment_has_no_previous(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    flagged[1:] = [Finding(10.5, "two", Severity.MEDIUM, "at the same time")]
    async with run(shell(tmp_path)) as ui:
        await ui.press("left_square_bracket")
        await ui.noticed("No earlier flagged moment")
        await ui.press("right_square_bracket")
        await ui.at(10.5)
        await ui.until(lambda: "! 1 of 2  rm -rf /srv" in ui.pane("#keys"))
        await ui.press("right_square_bracket")
        await ui.until(lambda: "2 of 2  at the same time" in ui.pane("#keys"))
        await ui.press("5", "right_square_bracket")
        await ui.noticed("No later flagged moment")


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


async def test_bookmarks_are_saved_listed_and_visited(run: Run, tmp_path: Path) -> None:
    source = shell(tmp_path)
    async with run(source) as ui:
        await ui.press("M")
        await ui.noticed("No bookmarks")
        await ui.press("5", "m")
        await ui.sees("Bookmark 00:50.0")
        await ui.type("look here")
        await ui.press("enter")
        await ui.noticed("Bookmarked 00:50.0")
        assert "*" in ui.pane("#timeline") or "●" in ui.pane("#timeline")
        await ui.press("2", "m", "escape")
        await ui.until(lambda: ui.app.screen is ui.replay)
    async with run(source) as ui:
        await ui.until(lambda: "*" in ui.pane("#timeline"))
        await ui.press("M")
        await ui.sees("00:50.0  look here")
        assert "00:20.0" not in ui.text.split("Bookmarks")[1]
        await ui.press("enter")
        await ui.at(50)


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


async def test_unmask_shows_notice_and_toggles(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("u")
        await ui.until(lambda: "unmasked" in ui.status)
        await ui.press("u")
        await ui.until(lambda: "unmasked" not in ui.status)


async def test_printed_secret_is_hidden_until_unmasked(run: Run, tmp_path: Path) -> None:
    async with run(printed_back(tmp_path / "s.json")) as ui:
        await ui.press("G")
        await ui.until(lambda: "it is \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022!" in ui.pane("#terminal"))
        assert SECRET not in ui.text
        await ui.press("u")
        await ui.until(lambda: f"it is {SECRET}!" in ui.pane("#terminal"))
        await ui.press("u")
        await ui.until(lambda: SECRET not in ui.pane("#terminal"))
        await ui.press("r")
        await ui.until(lambda: "it is ****" in ui.text)
        assert SECRET not in ui.text


def _highlighted(ui: Driver) -> list[str]:
    """Return the highlighted texts of the recorded screen; the recording itself has no bold text."""
    area = ui.widget("#terminal").region
    rows = [strip.crop(area.x, area.right) for strip in ui.strips[area.y : area.bottom]]
    return [one.text for row in rows for one in row if one.style and one.style.bold]


async def test_keys_after_dialog_key_go_to_dialog(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.type_at_once(":50%\n?")  # keys after the Enter that closes the dialog are commands
        await ui.at(ui.state.player.duration / 2)
        await ui.until(lambda: isinstance(ui.app.screen, HelpScreen))
        await ui.press("escape")
        await ui.type_at_once("mnote\n")
        await ui.until(lambda: [one.note for one in ui.state.bookmarks.found] == ["note"])
        await ui.type_at_once("Z99x9\n")
        await ui.until(lambda: (ui.state.recording.sizes.first.cols, ui.state.recording.sizes.first.rows) == (99, 9))


async def test_keys_after_search_key_are_the_pattern(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.type_at_once("/gamma\n")
        await ui.until(lambda: ui.state.search.hits)
        assert ui.state.pane == "main"
        assert not ui.state.keystrokes_shown


async def test_findings_list_follows_playhead(run: Run) -> None:
    async with run(VIM) as ui:
        found = ui.widget("#findings")
        last = max(one.time for one in found.items)
        await ui.press("G")
        await ui.until(lambda: found.current >= 0 and found.items[found.current].time == last)
        await ui.press("g")
        await ui.until(lambda: found.current == -1)
        await ui.press("right_square_bracket")
        await ui.until(lambda: found.items[found.current].time <= ui.position)


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


@sampled("size", [(80, 24), (120, 36)], daily=1)
async def test_transcript_opens_at_playhead(run: Run, size: tuple[int, int]) -> None:
    # Its long lines need a scroll bar, which must not cover the current line.
    async with run(HOTFIX, size=size, at="1:04.3") as ui:
        await ui.analysed()
        await ui.press("t")
        listed = ui.widget("#transcript")
        await ui.until(lambda: listed.current > 40)
        await ui.settle()
        assert listed.show_horizontal_scrollbar
        assert listed.current - int(listed.scroll_y) < listed.scrollable_content_region.height
