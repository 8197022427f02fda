"""Register of widgets: each one that displays foreign text is on a walk that checks the screen."""

from __future__ import annotations

import importlib
import pkgutil

from textual.widget import Widget

import replay_tui.ui
from tests.support.hostile import PAYLOADS, WALKS, everything

FOREIGN = frozenset().union(*WALKS.values())
"""Widgets that display text of a session, server or file. Its walk fails if the widget is not on the screen."""
OWN = {
    "ChoiceBar",
    "ChoiceButton",
    "CompoundPane",
    "Dialog",
    "FilterBar",
    "HelpScreen",
    "Timeline",
    "ViewScreen",
    "ViewTabs",
}
"""Widgets that display only texts of the program and of its user, or nothing but their children."""


def widgets() -> set[str]:
    found = set()
    for module in pkgutil.walk_packages(replay_tui.ui.__path__, "replay_tui.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Widget) and value.__module__.startswith("replay_tui."):
                found.add(value.__name__)
    return found


def test_widgets_are_all_classified():
    known = FOREIGN | OWN
    assert not widgets() - known, "add it to WALKS (the walk that displays it) or to OWN"
    assert not known - widgets(), "widget removed"


CORPUS = """title title-st directory hyperlink notification-9 font clipboard-write clipboard-read prompt-mark
    notification-777 iterm-copy iterm-file dcs decrqss apc pm sos sixel da1 da2 da3 dsr cpr xtversion xtwinops-report
    c1-csi c1-osc c1-dcs bidi-override zero-width kitty-keyboard kitty-graphics ris deccolm bells rep cursor-far
    cursor-address osc-unterminated dcs-unterminated csi-unterminated markup-action"""


def test_corpus_contains_required_payloads():
    assert not set(CORPUS.split()) - set(PAYLOADS)


def test_corpus_is_in_hostile_session():
    text = everything()
    assert all(
        mark in text for mark in ("\x1b]52;", "\x1b[6n", "\x9b", "\u202e", "\u200b", "[@click=", "\ud800", "\x00")
    )
