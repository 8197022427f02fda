"""Panes, panels and overlays: opening, closing and sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from replay_tui.ui.command_table import COMMANDS, Place
from replay_tui.ui.screens.find import FindScreen
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.widgets.line_list import LineList
from tests.support.contrast import contrast
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import HTOP, PSQL, PSYCOPG, TABLE, VIM, shell, write


async def test_every_command_has_an_action(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        for command in COMMANDS:
            owner, _, name = command.action.partition("(")[0].rpartition(".")
            for place in command.places:
                screen = {Place.INBOX: InboxScreen, Place.FIND: FindScreen}.get(place, ui.replay)
                if owner in ("", "app"):
                    assert hasattr(ui.app if owner else screen, f"action_{name}"), (command.id, place)
                elif place not in (Place.INBOX, Place.FIND):
                    assert callable(getattr(getattr(ui.replay.controllers, owner), name)), command.id


async def test_keystroke_overlay_covers_screen(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("K", "1")
        await ui.until(lambda: "ls" in ui.pane("#keystrokes") and "keys" in ui.status)
        await ui.press("I")
        await ui.until(lambda: "input events are hidden" in ui.pane("#keystrokes"))
        assert ui.notices[-1] == "Input events are hidden."
        await ui.press("escape")
        await ui.until(lambda: not ui.widget("#keystrokes").display)


async def test_keystroke_overlay_while_paused_is_filled(run: Run, tmp_path: Path) -> None:
    typed = "psql -h db.internal -U reporting payments"
    echoed = [event for key in typed for event in ((1.0, "i", key), (1.0, "o", key))]
    async with run(write(tmp_path, (0.0, "o", "$ "), *echoed)) as ui:
        await ui.press("G", "K")
        await ui.until(lambda: f"keys  {typed}" in ui.pane("#keystrokes"))
        await ui.pilot.resize_terminal(40, 36)
        await ui.until(lambda: typed[-20:] in ui.pane("#keystrokes") and "psql" not in ui.pane("#keystrokes"))


async def test_transcript_follows_playhead_and_enter_jumps(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("2", "t")
        listed = ui.widget("#transcript")
        await ui.until(lambda: "alpha beta" in ui.pane("#transcript"))
        times = [line.time for line in listed.items]
        await ui.until(lambda: listed.current >= 0 and times[listed.current] <= 20)
        assert listed.future == listed.current + 1
        assert ui.app.focused is listed
        await ui.press("end", "enter")
        await ui.at(times[-1])
        await ui.until(lambda: listed.current == len(times) - 1)
        await ui.press("t")
        await ui.until(lambda: ui.widget("#terminal").display)
        assert ui.app.focused is ui.widget("#terminal")


async def test_wheel_up_on_screen_opens_transcript(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.pilot._post_mouse_events([_wheel()], "#terminal", offset=(5, 5), button=0)
        await ui.until(lambda: ui.state.pane == "transcript")
        await ui.press("escape")
        await ui.until(lambda: ui.state.pane == "main")


async def test_v_offers_applicable_views(run: Run) -> None:
    async with run(PSQL) as ui:
        await ui.press("v")
        await ui.sees("Change view", "as detected · shown now", "raw bytes")
        choices = ui.app.screen.query_one(LineList)
        names = [line.plain.split("  ")[0] for line in choices.items]
        assert names == ["terminal", "statements", "text", "transcript", "raw bytes"]  # neither requests nor a table
        await ui.press("v", "enter")
        await ui.until(lambda: ui.state.pane == "transcript")
        await ui.press("v", "k", "k", "enter")
        await ui.until(lambda: (str(ui.state.kind), ui.state.pane) == ("text", "main"))
        await ui.press("v", "v", "enter")
        await ui.until(lambda: ui.state.pane == "raw")
        await ui.press("v", "escape")
        assert ui.state.pane == "raw"


async def test_size_dialog_sets_recorded_size(run: Run, tmp_path: Path) -> None:
    async with run(write(tmp_path, (0.0, "o", "x" * 100))) as ui:
        await ui.sees("80×24")
        await ui.press("Z")
        box = ui.app.screen.query_one("Input")
        for wrong in ("big", "0x0", "80", "80x24x2", "99999x9"):
            box.value = wrong
            await ui.press("enter")
            await ui.sees("Invalid size.")
        box.value = "40x10"
        await ui.press("enter")
        await ui.sees("40×10 given")
        await ui.until(lambda: [len(row.strip(" │")) for row in _rows(ui)] == [40, 40, 20])
        await ui.until(lambda: ui.state.findings is not None)
        await ui.press("Z")
        ui.app.screen.query_one("Input").value = ""
        await ui.press("enter")
        await ui.until(lambda: "80×24" in ui.text and "given" not in ui.text)


async def test_large_screen_follows_cursor_or_pans(run: Run) -> None:
    async with run(HTOP, size=(80, 24)) as ui:
        await ui.until(lambda: "120×36" in ui.status)
        before = ui.widget("#terminal").view_label
        await ui.press("ctrl+right", "ctrl+down")
        await ui.until(lambda: ui.widget("#terminal").view_label.startswith("pan "))
        assert ui.widget("#terminal").view_label != before
        await ui.press("w")
        await ui.until(lambda: ui.widget("#terminal").view_label.startswith("follow"))


async def test_hidden_cursor_shows_top_of_screen(run: Run) -> None:
    async with run(HTOP, size=(80, 24), at="50%") as ui:
        await ui.until(lambda: "Load average" in ui.pane("#terminal"))
        shown = ui.widget("#terminal").shown
        assert shown.alt
        assert not shown.cursor_visible
        await ui.press("ctrl+down")
        await ui.until(lambda: "Load average" not in ui.pane("#terminal"))


async def test_border_updates_when_pane_changes(run: Run) -> None:
    async with run(HTOP, size=(140, 40)) as ui:
        await ui.press("C")  # the commands stand beside the screen
        await ui.sees("follow ─ columns 1-90, rows 1-33")
        await ui.press("b", "a")
        await ui.sees("follow ─ rows 1-33")
        await ui.press("b", "a")
        await ui.sees("follow ─ columns 1-90, rows 1-33")


@sampled("size", [(120, 36), (200, 50)], daily=1)
async def test_panels_on_wide_terminal_are_columns(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    async with run(shell(tmp_path), size=size) as ui:
        await ui.sees("Session", "Review", "Risk", "ana@example.com", "space play/pause")
        width = ui.widget("#main").size.width
        await ui.press("b")
        await ui.until(lambda: not ui.widget("#sidebar").display)
        assert ui.widget("#risk").display
        await ui.press("a")
        commands = ui.widget("#commands")
        await ui.until(
            lambda: ui.widget("#main").size.width + commands.display * commands.outer_size.width == size[0] > width
        )
        await ui.press("a", "b")
        await ui.until(lambda: ui.widget("#main").size.width == width)


async def test_panels_on_narrow_terminal_are_overlays(run: Run) -> None:
    async with run(VIM, size=(80, 24)) as ui:
        assert ui.widget("#main").size.width == 80
        assert "Session" not in ui.text
        for key, panel, word, other in (("b", "#session", "Session", "tab"), ("a", "#findings", "Risk", "shift+tab")):
            await ui.press(key)
            await ui.sees(word)
            assert ui.widget("#main").size.width == 80, "the recording keeps its place below the overlay"
            assert ui.app.focused is ui.widget(panel)
            await ui.press(other)
            assert ui.widget("#side") in ui.app.focused.ancestors
            await ui.press("escape")
            await ui.until(lambda word=word: word not in ui.text)
            assert ui.app.focused is ui.widget("#terminal")
        await ui.press("b", "a")
        await ui.until(lambda: "Risk" in ui.text and "Session" not in ui.text)
        await ui.press("q")
        await ui.until(lambda: "Risk" not in ui.text)
        assert ui.app.is_running


async def test_short_terminal_shows_session_and_view(run: Run) -> None:
    async with run(VIM, HTOP, size=(80, 24), ready=False) as ui:
        await ui.until(
            lambda: "80×24" in ui.status and "app-1 Ana" in ui.status and "session 1 of 2" in ui.pane("#keys")
        )
        await ui.press("w")
        await ui.until(lambda: "80×24 pan" in ui.status)
        await ui.press("w", "ctrl+down")
        await ui.until(lambda: "80×24 pan" in ui.status)


async def test_wire_input_has_no_keystrokes(run: Run) -> None:
    async with run(PSQL) as ui:
        await ui.press("K")
        await ui.noticed("terminal sessions")
        assert not ui.widget("#keystrokes").display


async def test_start_mounts_only_panes_it_shows(run: Run) -> None:
    async with run(VIM) as ui:
        assert ui.replay.query("TerminalView")
        assert not ui.replay.query("StatementsPane, ExecPane, TranscriptPane, RawPane, SearchPanel")


async def test_focus_change_styles_main_pane_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run(VIM) as ui:
        await ui.press("v", "enter")
        styled: list[str | None] = []
        apply = Stylesheet.apply

        def record(sheet: Stylesheet, node: DOMNode, **options: Any) -> None:
            styled.append(node.id)
            apply(sheet, node, **options)

        monkeypatch.setattr(Stylesheet, "apply", record)
        ui.widget("#timeline").focus()
        await ui.settle()
        assert not ui.widget("#main-pane").has_class("focused")
        assert styled.count("main-pane") == 1
        assert not {"terminal", "statement-detail", "page", "keystrokes"} & set(styled)


async def test_panes_needed_after_exit_are_not_mounted(run: Run) -> None:
    """Background tasks may deliver their results while the program ends."""
    async with run(VIM) as ui:
        ui.app.exit(0)
        pane = ui.replay.view.main_pane
        ui.state.pane = "raw"
        pane.show_pane()
        pane.search_panel.ask()
        assert not pane.query("#raw, #search")


async def test_detail_shows_typing_start_as_time(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("v", "enter")
        await ui.until(lambda: "typed from  00:00:00." in ui.pane("#statement-detail"))


async def test_visible_notice_is_not_repeated(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("n", "n", "n")
        await ui.noticed("Press / to search")
        assert len(ui.notices) == 1


async def test_overlay_scrolls_with_arrows(run: Run, tmp_path: Path) -> None:
    many = {f"key{number}": "value" for number in range(40)}
    async with run(shell(tmp_path, metadata=many), size=(80, 24)) as ui:
        await ui.press("b", "d")
        await ui.sees("Session")
        assert "key39" not in ui.text
        await ui.press("end")
        await ui.until(lambda: ui.widget("#session").scroll_y > 0)
        assert ui.position == 0


async def test_full_screen_shows_only_the_recording(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("5", "f")
        await ui.until(lambda: ui.widget("#terminal").size == (120, 36))
        assert "space" not in ui.text
        assert "Session" not in ui.text
        await ui.press("right")
        await ui.at(55)
        await ui.press("escape")
        await ui.sees("Session", "space")


async def test_tab_cycles_panes_in_reading_order(run: Run) -> None:
    async with run(PSQL) as ui:
        order = [ui.app.focused.id]
        for _ in range(10):
            await ui.press("tab")
            if ui.app.focused.id == order[0]:
                break
            order.append(ui.app.focused.id)
        assert order == ["statement-list", "statement-detail", "session", "review", "risk-text", "findings", "timeline"]
        await ui.press("shift+tab")
        assert ui.app.focused.id == "timeline"


async def test_focused_pane_has_distinct_border(run: Run) -> None:
    async with run(PSQL) as ui:
        for name in ("session", "review", "risk-text", "findings"):
            panel = ui.widget(f"#{name}")
            before = panel.styles.border_top
            panel.focus()
            await ui.until(lambda panel=panel, before=before: panel.styles.border_top != before)


async def test_braces_open_neighbouring_sessions(run: Run) -> None:
    async with run(VIM, PSQL) as ui:
        await ui.press("left_curly_bracket")
        await ui.noticed("No earlier session")
        await ui.press("right_curly_bracket")
        await ui.until(lambda: str(ui.state.kind) == "statements")
        await ui.press("right_curly_bracket")
        await ui.noticed("No later session")
        await ui.press("left_curly_bracket")
        await ui.until(lambda: str(ui.state.kind) == "terminal")


@pytest.mark.exhaustive
async def test_escape_closes_overlays_and_never_quits(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        for keys in ("slash", "question_mark", "colon", "t", "r", "K", "f", "Z", "m", "ctrl+p"):
            await ui.press(keys, "escape")
            await ui.until(lambda: ui.app.screen is ui.replay and not ui.replay.has_class("searching"), keys)
            assert ui.state.pane == "main"
        await ui.press(*["escape"] * 5)
        assert ui.app._exit is False


async def test_q_closes_overlays_then_quits(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("question_mark", "q")
        await ui.until(lambda: ui.app.screen is ui.replay)
        await ui.press("t", "q")
        await ui.until(lambda: ui.state.pane == "main")
        assert ui.app._exit is False
        app = ui.app
        await ui.press("q")
    assert app.return_value == 0
    assert app.return_code == 0


async def test_wide_table_scrolls_with_heading(run: Run, tmp_path: Path) -> None:
    names = [f"column_{number}" for number in range(30)]
    rows = ["\t".join(names)] + ["\t".join(f"value {row} {column}" for column in range(30)) for row in range(200)]
    output = "\n".join(rows) + "\n"
    fields = {"verb": "exec", "type": "database", "connection_subtype": "postgres", "script": {"data": "select 1"}}
    async with run(write(tmp_path, (0.1, "o", output), **fields)) as ui:
        assert str(ui.state.kind) == "table"
        await ui.until(lambda: "column_0" in ui.pane("#table") and "value 0 0" in ui.pane("#table"))
        await ui.press("pagedown", "pagedown", *["ctrl+right"] * 6)
        await ui.until(lambda: "value 0 0" not in ui.pane("#table") and ui.widget("#table").scroll_x > 0)
        assert "column_0" not in ui.pane("#table")
        head, first = ui.pane("#table").splitlines()[1:3]
        at = next(number for number in range(30) if f"column_{number} " in head)
        assert head.index(f"column_{at} ") == first.index("value", head.index(f"column_{at} ") - 1)


async def test_table_view_has_script_and_text(run: Run) -> None:
    async with run(TABLE) as ui:
        assert "script" in ui.text
        await ui.press("v", "enter")
        await ui.until(lambda: str(ui.state.kind) == "text" and ui.widget("#text").display)
        assert ui.app.focused is ui.widget("#text")


def _rows(ui: Driver) -> list[str]:
    return [row for row in ui.pane("#terminal").splitlines() if row.strip(" │")]


def _wheel() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


@sampled("theme", ["textual-dark", "textual-light"], daily=1)
async def test_current_row_of_lists_is_readable(run: Run, theme: str) -> None:
    async with run(PSYCOPG, theme=theme) as ui:
        await ui.until(lambda: ui.state.findings is not None)
        await ui.press("G", "left_square_bracket", "S")  # the cursor of the one with the focus is somewhere else
        for selector in ("#findings", "#statement-list"):
            listed = ui.widget(selector)
            listed.mark(listed.current if listed.current >= 0 else 0)
            rows = ui.strips[listed.content_region.y : listed.content_region.bottom]
            for row in rows:
                for part in row.crop(listed.content_region.x, listed.content_region.right):
                    style = part.style
                    if part.text.strip() and style and style.bgcolor and style.color and not style.dim:
                        assert contrast(style) > 2.5, (selector, part)
