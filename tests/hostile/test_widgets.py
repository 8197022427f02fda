"""Every widget is known by name: those that show foreign text are on the walk through the real terminal."""

from __future__ import annotations

import importlib
import pkgutil

from textual.widget import Widget

import replay_tui.ui
from replay_tui.ui.screens.replay import ReplayScreen
from tests.support.hostile import everything

FOREIGN = {
    "AskScreen", "ChooseScreen", "ConfirmScreen", "ExecPane", "FidelityBanner", "InboxScreen", "KeyBar", "Keystrokes",
    "LineList", "OutputScreen", "Page", "Palette", "Panel", "RawPane", "ReplayScreen", "RiskPanel", "ScriptPane",
    "SearchPanel", "Side", "SidePanels", "Stage", "StatementsPane", "StatusLine", "TablePane", "TerminalView",
    "TextPane", "TranscriptPane",
}  # fmt: skip
"""Widgets that show text of a session, a server or a file: `tests/hostile/test_terminal.py` opens each of them."""
OWN = {"Dialog", "HelpScreen", "Timeline"}
"""Widgets that show only what this program itself says."""


def widgets() -> set[str]:
    found = set()
    for module in pkgutil.walk_packages(replay_tui.ui.__path__, "replay_tui.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Widget) and value.__module__.startswith("replay_tui."):
                found.add(value.__name__)
    parts = {part.__name__ for part in ReplayScreen.__mro__ if part is not ReplayScreen}
    return found - parts


def test_every_widget_is_known():
    known = FOREIGN | OWN
    assert not widgets() - known, "name it in FOREIGN (and open it in test_terminal.py) or in OWN"
    assert not known - widgets(), "it is gone"


def test_the_corpus_is_in_what_is_shown():
    text = everything()
    assert all(
        mark in text for mark in ("\x1b]52;", "\x1b[6n", "\x9b", "\u202e", "\u200b", "[@click=", "\ud800", "\x00")
    )
