"""What is shown, and which keys wait, while a session is read and analysed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay_tui.domain.session import Session
from replay_tui.sources import LoadedSession, open_source
from replay_tui.ui import session_loader
from replay_tui.ui.session_ref import SessionRef
from tests.cli.test_secrets import SECRET, printed_back
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import PSYCOPG, held_back, shell


def growing(rest: threading.Event) -> SessionRef:
    """Return a session of 100 s: the first 20 s are available at once, the rest once `rest` is set."""
    loaded = LoadedSession("growing")
    loaded.session = Session.parse({"user": "ana@example.com", "type": "custom", "verb": "connect", "status": "done"})

    def source() -> Iterator[LoadedSession]:
        for second in range(20):
            loaded.stream.append(float(second), "o", f"early {second}\r\n".encode())
        yield loaded
        rest.wait(120)
        for second in range(20, 100):
            loaded.stream.append(float(second), "o", f"late {second}\r\n".encode())
        loaded.stream.complete = True
        yield loaded

    return SessionRef("growing", preloaded=source())


@pytest.mark.parametrize("play", [False, True])
@pytest.mark.parametrize("at", ["0:50", "50%"])
async def test_at_is_reached_once_loaded(run: Run, at: str, play: bool) -> None:
    rest = threading.Event()
    async with run(growing(rest), ready=False, at=at, play=play) as ui:
        try:
            await ui.until(lambda: 0 < ui.position < 20)
        finally:
            rest.set()
        await ui.at(50 if at == "0:50" else 49.5)
        await ui.until(lambda: ui.state.player.playing is play)


@sampled("at", ["0:50", "50%"], daily=1)
async def test_goto_before_loading_sets_start(run: Run, tmp_path: Path, at: str) -> None:
    begin = threading.Event()
    source = held_back(begin, open_source(str(shell(tmp_path))))
    async with run(SessionRef("late", preloaded=source), ready=False) as ui:
        try:
            await ui.press("colon")
            await ui.type(at)
            await ui.press("enter")
            await ui.until(lambda: ui.app.screen is ui.replay)
        finally:
            begin.set()
        await ui.at(50)


async def test_click_on_empty_timeline_is_kept(run: Run) -> None:
    begin, rest = threading.Event(), threading.Event()
    ref = growing(rest)
    assert ref.preloaded
    async with run(SessionRef("growing", preloaded=held_back(begin, ref.preloaded)), ready=False) as ui:
        try:
            await ui.sees("Opening growing")
            await ui.pilot.click("#timeline", offset=(ui.app.size.width // 2, 1))
            begin.set()
            await ui.until(lambda: 5 < ui.position < 15)
        finally:
            begin.set()
            rest.set()
        await ui.until(lambda: 49 < ui.position < 51)


async def test_keys_before_loading_wait_in_their_order(run: Run, tmp_path: Path) -> None:
    """The letters of a search and of a note are no commands; a search starts once the session is loaded."""
    begin = threading.Event()
    source = held_back(begin, open_source(str(shell(tmp_path))))
    async with run(SessionRef("late", preloaded=source), ready=False) as ui:
        try:
            await ui.press("slash")
            await ui.type("quux")
            await ui.press("enter")
            await ui.noticed("The search starts once the session is loaded.")
            await ui.press("escape", "right", "m")
            await ui.type("quit x")
            await ui.press("enter", "G")
        finally:
            begin.set()
        await ui.until(lambda: len(ui.state.bookmarks.found) == 1)
        assert [(one.time, one.note) for one in ui.state.bookmarks.found] == [(5, "quit x")]
        await ui.at(100)


@pytest.mark.parametrize(("key", "position"), [("5", 49.5), ("G", 99)])
async def test_part_of_incomplete_recording_is_reached(run: Run, key: str, position: float) -> None:
    """Half of a recording is half of all of it, whether the key was pressed before the first frame or after it."""
    begin, rest = threading.Event(), threading.Event()

    for is_early in (True, False):
        begin.clear()
        rest.clear()
        ref = growing(rest)
        assert ref.preloaded
        async with run(SessionRef("growing", preloaded=held_back(begin, ref.preloaded)), ready=False) as ui:
            try:
                if is_early:
                    await ui.press(key)
                begin.set()
                await ui.sees("early 0")
                if not is_early:
                    await ui.press(key)
                    await ui.until(lambda ui=ui: ui.position > 5)
            finally:
                begin.set()
                rest.set()
            await ui.at(position)


async def test_quit_works_while_keys_wait(run: Run) -> None:
    begin = threading.Event()
    async with run(SessionRef("late", preloaded=held_back(begin, [LoadedSession("late")])), ready=False) as ui:
        try:
            await ui.press("5", "space", "q")
            await ui.until(lambda: ui.app.return_value == 0)
        finally:
            begin.set()


async def test_seek_before_at_is_loaded_wins(run: Run) -> None:
    rest = threading.Event()
    async with run(growing(rest), ready=False, at="0:50") as ui:
        try:
            await ui.until(lambda: ui.position == 19)
            await ui.press("left")
            await ui.at(14)
        finally:
            rest.set()
        await ui.analysed()
        await ui.at(14)


async def test_session_plays_while_loading(run: Run) -> None:
    rest = threading.Event()
    async with run(growing(rest), ready=False) as ui:
        try:
            await ui.sees("early 0", "ana@example.com")
            assert ui.state.findings is None
            await ui.press("G")
            await ui.until(lambda: "early 19" in ui.pane("#terminal"))
            await ui.press("left")
            await ui.at(14)
            await ui.press("s")
            await ui.noticed("Statements are available once")
            for keys in ("u", "r", "K"):
                await ui.press(keys)
                await ui.noticed("once the session is analysed")
            await ui.press("c", "i", "greater_than_sign", "space")
            await ui.until(lambda: "▶ 1.5x" in ui.status and "idle cap" in ui.status)
        finally:
            rest.set()
        await ui.analysed()
        assert ui.state.player.playing
        assert ui.state.player.speed == 1.5
        ui.clock.advance(20)
        await ui.until(lambda: "late 40" in ui.pane("#terminal"))
        assert "01:39.0" in ui.status


@pytest.fixture
def unanalysed(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Delays the analysis until the event is set."""
    go, prepare = threading.Event(), session_loader.prepare
    monkeypatch.setattr(session_loader, "prepare", lambda *given: (go.wait(120), prepare(*given)))
    yield go
    go.set()


async def test_statements_step_before_analysis_ends(run: Run, unanalysed: threading.Event) -> None:
    async with run(PSYCOPG, ready=False) as ui:
        await ui.sees("x 20")
        assert ui.state.findings is None
        await ui.press("g", "s")
        await ui.until(lambda: ui.state.current_statement is not None)
        unanalysed.set()
        await ui.analysed()


async def test_first_frames_hide_secrets(run: Run, tmp_path: Path, unanalysed: threading.Event) -> None:
    async with run(printed_back(tmp_path / "s.json"), ready=False) as ui:
        await ui.until(lambda: ui.state.complete)
        await ui.press("G")
        await ui.until(lambda: "it is \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022!" in ui.pane("#terminal"))
        assert ui.state.findings is None
        assert SECRET not in ui.text
        await ui.press("K")
        await ui.noticed("Keystrokes are available once")
