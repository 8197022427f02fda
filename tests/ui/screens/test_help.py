"""Help: its contents for each place, and its search."""

from __future__ import annotations

from replay_tui.domain.timeline_mark import MarkKind
from replay_tui.ui.command_table import COMMANDS, Place
from replay_tui.ui.help_content import HelpPane, help_groups, matching_groups, split_groups
from replay_tui.ui.screens.help import HelpScreen
from replay_tui.ui.widgets.timeline import _GLYPH, LEGEND
from tests.ui.conftest import Run
from tests.ui.sessions import HOTFIX


def test_help_starts_with_focused_pane_and_holds_every_key() -> None:
    for place in (Place.REPLAY, Place.INBOX):
        groups = help_groups(place, HelpPane.LIST, COMMANDS)
        assert groups[0].title == HelpPane.LIST
        listed = {(one.keys, one.text) for group in groups for one in group.entries}
        assert listed >= {(one.shown, one.help) for one in COMMANDS if Place.SURFACE not in one.places}
        assert "Mouse" in [group.title for group in groups]
        halves = split_groups(groups)
        assert [*halves[0], *halves[1]] == groups
    surface = help_groups(Place.REPLAY, HelpPane.SURFACE, COMMANDS)[0]
    assert ("↑", "Back 1 minute") in {(one.keys, one.text) for one in surface.entries}


def test_legend_explains_every_mark() -> None:
    symbols = {symbol for symbols, _ in LEGEND for symbol in symbols.split()}
    assert symbols >= {*_GLYPH.values(), "!", "~", "."}
    assert set(_GLYPH) == set(MarkKind) - {MarkKind.FINDING}


def test_search_finds_words_keys_and_symbols() -> None:
    groups = help_groups(Place.REPLAY, HelpPane.OTHER, COMMANDS)

    def found(wanted: str) -> list[str]:
        return [one.text for group in matching_groups(groups, wanted) for one in group.entries]

    assert found("the WORST moment") == ["The worst moment"]
    assert found("*") == ["The worst moment", "Bookmark"]
    assert any("drag" in text for text in found("mouse"))
    assert found("no such word") == []


async def test_help_searches_while_typing_and_q_closes(run: Run) -> None:
    async with run(HOTFIX, size=(80, 24)) as ui:
        await ui.press("question_mark")
        await ui.sees("type to search", "On the recorded screen")
        await ui.press("pagedown", "pagedown")
        await ui.until(lambda: "On the recorded screen" not in ui.text)
        await ui.type("seq")  # the q is typed once a search has begun
        await ui.sees("No matches.")
        for _ in range(3):
            await ui.press("backspace")
        await ui.type("bookm")
        await ui.sees("Go to a bookmark")
        assert "Approve" not in ui.text
        await ui.press("escape")
        assert not isinstance(ui.app.screen, HelpScreen)
        for key in ("q", "question_mark"):
            await ui.press("question_mark")
            await ui.until(lambda: isinstance(ui.app.screen, HelpScreen))
            await ui.press(key)
            await ui.until(lambda: ui.app.screen is ui.replay)
