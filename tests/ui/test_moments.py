"""Navigation: flagged moments, statements, search, bookmarks, filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.findings.rules import custom_rules
from replay_tui.ui.screens.help import HelpScreen
from tests.cli.test_secrets import SECRET, printed_back
from tests.support.effort import sampled
from tests.support.fixtures import FIXTURES
from tests.ui.conftest import Run
from tests.ui.sessions import HOTFIX, PSQL, VIM, shell, write


@pytest.mark.daily
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
        await ui.until(lambda: "! finding 2 of 2  rm -rf /srv  removes a folder" in ui.pane("#keys"))


async def test_findings_are_listed_worst_first_or_by_time(run: Run, tmp_path: Path) -> None:
    session = write(tmp_path, (0.0, "o", "$ "), (5.0, "o", "\x1b[c"), (9.0, "o", "\x1b]52;c;eA==\x07"))
    async with run(session, size=(200, 50)) as ui:
        await ui.until(lambda: ui.pane("#findings").splitlines()[1:3])
        await ui.sees("1 finding · ! HIGH by rules")  # the terminal query is informational
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
        await ui.sees("1 finding", "i 00:00.0", "i 00:05.0", "! 00:09.0")
        await ui.press("left_square_bracket")
        await ui.noticed("No earlier flagged moment")
        ui.widget("#findings").focus()
        await ui.press("end", "enter")
        await ui.at(5)


async def test_at_flagged_informational_only_opens_start(run: Run, tmp_path: Path) -> None:
    async with run(write(tmp_path, (0.0, "o", "$ "), (5.0, "o", "\x1b]0;x\x07")), at="flagged") as ui:
        await ui.noticed("No flagged moment in this session")
        await ui.at(0)
        await ui.sees("i 00:05.0")


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
            place = f"{one.severity.symbol} finding {flagged.index(number) + 1} of {len(flagged)}  {one.evidence[:16]}"
            await ui.until(lambda place=place: place in ui.pane("#keys"))
            assert ui.state.current_statement == one.statement
        await ui.press("right_square_bracket")
        await ui.noticed("No later flagged moment")
        await ui.press("left_square_bracket")
        await ui.until(lambda: listed.current == flagged[-2])


async def test_single_flagged_moment_has_no_previous(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    flagged[1:] = [Finding(10.5, "two", Severity.MEDIUM, "at the same time")]
    async with run(shell(tmp_path)) as ui:
        await ui.press("left_square_bracket")
        await ui.noticed("No earlier flagged moment")
        await ui.press("right_square_bracket")
        await ui.at(10.5)
        await ui.until(lambda: "! finding 1 of 2  rm -rf /srv" in ui.pane("#keys"))
        await ui.press("right_square_bracket")
        await ui.until(lambda: "finding 2 of 2  at the same time" in ui.pane("#keys"))
        await ui.press("5", "right_square_bracket")
        await ui.noticed("No later flagged moment")


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
