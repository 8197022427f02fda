"""Dialogs that are answered twice, too early or too late close themselves and no other screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.screen import Screen

from replay_tui.presenters.decision import ActionDetails
from replay_tui.ui.screens.action_dialog import ActionDialog
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.screens.palette import Palette
from replay_tui.ui.widgets.choice_bar import Choice
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import shell


@sampled("answer", ["escape", "enter"], daily=1)
@sampled("keys", [["m", "M", "ctrl+p"], ["question_mark", "Z"]], daily=1)
async def test_dialog_answered_twice_keeps_other_screens(
    run: Run, tmp_path: Path, answer: str, keys: list[str]
) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("m", "enter")
        for key in keys:
            await ui.press(key)
            assert ui.app.screen is not ui.replay, key
            await ui.press_at_once(answer, answer, answer)
            await ui.press("escape")
            await ui.until(lambda: ui.app.screen is ui.replay, key)
            await ui.press("G")
            await ui.at(ui.state.player.duration)
            await ui.press("g")
            await ui.at(0.0)


DIALOGS: dict[str, Callable[[], Screen[Any]]] = {
    "help": HelpScreen,
    "palette": Palette,
    "ask": lambda: AskScreen("title", "hint", str),
    "choose": lambda: ChooseScreen("title", [Text("one")]),
    "confirm": lambda: ActionDialog("title", "question", [Choice("y", "Yes")]),
    "action": lambda: ActionDialog("title", "question", [Choice("y", "Yes")], details=ActionDetails((), "details")),
}


async def test_dialog_dismissed_while_opening_closes(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        for name, make in DIALOGS.items():
            dialog = make()
            ui.app.push_screen(dialog)
            dialog.dismiss()
            await ui.until(lambda: ui.app.screen is ui.replay, name)
            await ui.press("G")
            await ui.at(ui.state.player.duration)
            await ui.press("g")
            await ui.at(0.0)


async def test_dialog_answered_below_palette_keeps_palette(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("m")
        dialog = ui.app.screen
        await ui.press("ctrl+p")
        palette = ui.app.screen
        dialog.dismiss()
        dialog.dismiss()
        await ui.settle()
        assert ui.app.screen_stack[-2:] == [dialog, palette]
        await ui.press("escape", "escape")
        assert ui.app.screen is ui.replay
