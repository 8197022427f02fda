"""Find screen: hits with previews, opening and coming back, facets, saved searches, what was not searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from replay_tui.archive.library.facets import FACETS
from replay_tui.archive.library.find_query import FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_loading import LIBRARY_TEXT
from replay_tui.archive.library.sessions import list_sessions
from replay_tui.ui.find.searching import HitBatch, stream_hits
from replay_tui.ui.find.state import LibrarySearch
from replay_tui.ui.screens.find import FindScreen
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.widgets.line_list import LineList
from tests.archive.library.libraries import FIXTURES, PSQL, VIM, add
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import shell, write

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui-find")]  # the library is made once

Start = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("library")
    with Library.open(made, writes=True) as library:
        add(library, [VIM, PSQL, FIXTURES / "incomplete" / "withheld.json"])
    return made


@pytest.fixture
def start(run: Run, folder: Path, tmp_path: Path) -> Start:
    """Return a function that opens a session that is not in the library."""
    return partial(run, shell(tmp_path), archive=folder)


def hits(ui: Driver) -> Sequence[FoundHit]:
    return ui.app.screen.query_one("#find-hits", LineList).items


async def find(ui: Driver, text: str) -> None:
    await ui.press("ctrl+f")
    await ui.until(lambda: isinstance(ui.app.screen, FindScreen) and ui.app.focused is ui.widget("#find-input"))
    await ui.type(text)
    await ui.press("enter")
    await ui.sees(" searched")


async def choose(ui: Driver, facet: str) -> None:
    """Choose the first value of a facet by keys."""
    rows = ui.widget("#find-facets")
    await ui.press(*([] if ui.app.focused is rows else ["f"]), "home")
    at = next(at for at, row in enumerate(rows.items) if row.facet == facet and row.value is not None)
    await ui.press(*["j"] * at, "enter")
    await ui.until(lambda: not ui.app.screen.state.is_searching, "searched")


async def test_hit_opens_at_its_moment_and_q_returns_to_its_row(start: Start, folder: Path) -> None:
    async with start() as ui:
        first = ui.state.ref
        await find(ui, "rm -rf")
        await ui.sees("2 of 3 sessions searched; not searched: 1 withheld.", "hits in 1 session", "ana@")
        await ui.press("down")
        await ui.until(lambda: "rm -rf" in ui.pane("#find-screen"), "the recorded screen")
        chosen = hits(ui)[1]
        assert (chosen.hit.where, ui.app.focused.cursor) == ("screen", 1)
        areas = [found.hit.where for found in hits(ui)]
        assert areas == ["findings", "screen", "input"]  # the statement has the text and moment of the finding
        for key in ("q", "ctrl+f"):
            await ui.press("enter")
            await ui.until(lambda: isinstance(ui.app.screen, ReplayScreen) and ui.state.ref.path == str(VIM))
            await ui.analysed()
            assert abs(ui.position - chosen.hit.time) < 0.001
            await ui.until(lambda: ui.state.search.hits, "the pattern is highlighted")
            await ui.press("escape", key)
            await ui.until(lambda: isinstance(ui.app.screen, FindScreen))
            assert (ui.app.focused.id, ui.app.focused.cursor) == ("find-hits", 1)
        await ui.press("q")
        await ui.until(lambda: ui.app.screen is ui.replay)
        assert (ui.state.ref, ui.app.navigation.sessions) == (first, [first])
        await ui.press("ctrl+f")  # the search is still there
        await ui.until(lambda: ui.app.focused.id == "find-hits" and ui.app.focused.cursor == 1)


async def test_facets_narrow_and_widen(start: Start) -> None:
    async with start(size=(140, 40)) as ui:
        await find(ui, "e")
        total, first = ui.app.screen.state.total, hits(ui)[0].session
        await choose(ui, "connection")
        narrowed = {found.session.connection for found in hits(ui)}
        assert len(narrowed) == 1
        assert 0 < ui.app.screen.state.total < total
        await ui.sees(f"connection {narrowed.pop()}", "✓ ")
        await choose(ui, "user")
        assert len(ui.app.screen.state.search.chosen) == 2
        await choose(ui, "user")
        await ui.press("backspace")
        await ui.until(lambda: ui.app.screen.state.total == total)
        row = ui.widget("#find-facets").region
        await ui.pilot.click(offset=(row.x + 3, row.y + 1))
        await ui.until(lambda: ui.app.screen.state.search.chosen)
        await ui.press("escape")  # ends the narrowing before it closes the screen
        await ui.until(lambda: ui.app.screen.state.total == total)
        assert hits(ui)[0].session == first


async def test_search_is_saved_chosen_and_removed(start: Start) -> None:
    async with start() as ui:
        await find(ui, "payments")
        await choose(ui, "user")
        chosen = ui.app.screen.state.search.chosen
        await ui.press("m")
        await ui.noticed("Search saved")
        await ui.press("slash", *["backspace"] * 8)
        await ui.until(lambda: not ui.app.screen.state.search.text)
        await ui.press("enter")
        await ui.sees("Saved searches", "payments · user ")
        await ui.press("enter")
        await ui.until(lambda: ui.app.screen.state.search == LibrarySearch("payments", chosen=chosen) and hits(ui))
        assert ui.widget("#find-input").value == "payments"
        await ui.press("m")
        await ui.noticed("removed")
        assert ui.app.screen.state.saved() == []


async def test_new_only_lists_new_statements_with_counts(start: Start) -> None:
    async with start(size=(140, 40)) as ui:
        await find(ui, "rm")
        assert {found.hit.where for found in hits(ui)} > {"statements"}
        await ui.press("n")
        await ui.until(lambda: {found.hit.where for found in hits(ui)} == {"statements"})
        await ui.sees("only what is new for its user", "too few sessions to compare: 0 earlier")
        await ui.press("m", "n")
        await ui.until(lambda: {found.hit.where for found in hits(ui)} > {"statements"})
        assert [one.new_only for one in ui.app.screen.state.saved()] == [True]


async def test_areas_are_cycled(start: Start) -> None:
    async with start() as ui:
        await find(ui, "rm")
        await ui.press("v")
        await ui.until(lambda: {found.hit.where for found in hits(ui)} == {"statements"})
        await ui.sees("in statements")


@pytest.mark.parametrize("exists", [False, True])
async def test_missing_or_empty_library_says_how_to_fill_it(run: Run, tmp_path: Path, exists: bool) -> None:
    if exists:
        Library.open(tmp_path / "library", writes=True).__exit__()
    async with run(shell(tmp_path), archive=tmp_path / "library", size=(80, 24)) as ui:
        await ui.press("ctrl+f")
        reason = "The library has no sessions" if exists else "There is no library"
        await ui.sees("replay-tui archive add FILES", "archive = true", reason)
        await ui.press("escape")
        assert ui.app.screen is ui.replay


async def test_invalid_pattern_is_named(start: Start) -> None:
    async with start() as ui:
        await ui.press("ctrl+f")
        await ui.type("/[/")
        await ui.sees("not a valid regular expression")
        await ui.type("x")
        await ui.sees("No hits in what was searched.", "1 withheld")


async def test_newest_search_wins(start: Start) -> None:
    async with start() as ui:
        await ui.press("ctrl+f")
        for text in ("e", "s", "t"):
            ui.app.screen.controllers.searching.put_text(text)
        ui.app.screen.controllers.searching.put_text("rm -rf")
        await ui.sees(" searched; ")
        assert {found.hit.text[found.hit.start : found.hit.end] for found in hits(ui)} == {"rm -rf"}


async def test_search_that_was_left_starts_again(start: Start) -> None:
    async with start() as ui:
        await find(ui, "rm -rf")
        state, total = ui.app.screen.state, ui.app.screen.state.total
        await ui.press("q")
        await ui.until(lambda: ui.app.screen is ui.replay)
        state.coverage, state.hits = "", state.hits[:1]  # as if the screen had been left earlier
        await ui.press("ctrl+f")
        await ui.sees("2 of 3 sessions searched")
        assert (len(hits(ui)), state.total) == (total, total)


async def test_hit_of_lost_file_opens_the_librarys_text(run: Run, tmp_path: Path) -> None:
    lost = write(tmp_path, (3.0, "o", "needle in a haystack\r\n"))
    with Library.open(tmp_path / "library", writes=True) as library:
        add(library, [lost])
    lost.unlink()
    async with run(write(tmp_path, (0.0, "o", "$ "), name="other.json"), archive=tmp_path / "library") as ui:
        await find(ui, "needle")
        await ui.until(lambda: "needle in a haystack" in ui.pane("#find-text"), "the library's text")
        await ui.press("enter")
        await ui.until(lambda: isinstance(ui.app.screen, ReplayScreen))
        await ui.analysed()
        await ui.at(3.0)
        assert LIBRARY_TEXT[0] in {one.code for one in ui.state.recording.fidelity}


def run_search(folder: Path, search: LibrarySearch, is_cancelled: Callable[[], bool] = lambda: False) -> list[HitBatch]:
    batches: list[HitBatch] = []
    chosen = LibrarySearch(search.text, chosen=search.chosen)
    stream_hits(folder, chosen.query(), chosen.matches, is_cancelled, batches.append)
    return batches


@pytest.mark.parametrize("facet", FACETS)
def test_narrowed_search_has_as_many_hits_as_the_facet(folder: Path, facet: str) -> None:
    last = run_search(folder, LibrarySearch("e"))[-1]
    for value, count in last.facets[facet]:
        narrowed = run_search(folder, LibrarySearch("e", chosen=((facet, value),)))
        assert sum(len(batch.hits) for batch in narrowed) == narrowed[-1].total == count
    assert sum(count for _, count in last.facets[facet]) == last.total > 0


def test_stopped_search_counts_what_was_not_reached(folder: Path) -> None:
    with Library.open(folder) as library:
        count = len([*list_sessions(library)])
    text, is_partial = stream_hits(folder, LibrarySearch("e").query(), lambda _: True, lambda: True, lambda _: None)
    assert (text, is_partial) == (f"0 of {count} sessions searched; not searched: {count} not reached.", True)
