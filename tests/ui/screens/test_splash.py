"""Splash screen: shown at once, and keys typed while the program is loading are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App

from replay_tui.settings.state_store import StateStore
from replay_tui.ui import app
from replay_tui.ui.screens.splash import SplashScreen
from replay_tui.ui.session_ref import SessionRef
from tests.support.effort import sampled
from tests.support.hostile import WALKS, everything
from tests.support.ptyread import ROOT, replay
from tests.ui.sessions import shell

pytestmark = pytest.mark.slow


async def test_splash_sanitizes_name() -> None:
    class Starting(App[None]):
        def on_mount(self) -> None:
            self.push_screen(SplashScreen(everything()))

    async with Starting().run_test() as pilot:
        await pilot.pause()
        assert WALKS["starting"] == {type(pilot.app.screen).__name__}
        text = "".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert "\u241b" in text
        assert text.isprintable()


async def test_start_without_screens_ends_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "DEFERRED_MODULES", ("replay_tui.ui.screens.missing",))

    async def start() -> None:
        replay_app = app.ReplayApp([SessionRef(str(shell(tmp_path)))], store=StateStore(tmp_path / "state"))
        async with replay_app.run_test() as pilot:
            while replay_app.is_running:
                await pilot.pause(0.01)

    with pytest.raises(ModuleNotFoundError, match="missing"):
        await start()


@pytest.mark.parametrize(("keys", "at"), [(":50%\r", "00:35.8"), ("5", "00:35.8"), ("]", "01:04.2")])
def test_keys_typed_before_loading_take_effect_later(tmp_path: Path, keys: str, at: str) -> None:
    with replay("demo", home=tmp_path, fresh=True, cols=120, rows=36) as screen:
        screen.wait_for("Opening")
        screen.send(keys)
        screen.wait_for(f"{at} /")


EARLY = {
    "/ex": {"top": "ReplayScreen", "typed": 2, "focus": "search-input"},
    "?\x1b/sudo\r": {"top": "ReplayScreen", "hits": lambda count: count > 0},
    "\x10raw": {"top": "Palette", "typed": 3},
    "5mq x\rx": {"top": "ChooseScreen", "bookmarks": 1, "position": lambda seconds: seconds > 1},
}


@sampled("keys", EARLY, daily=2)
def test_keys_before_the_first_frame_keep_their_order(tmp_path: Path, keys: str) -> None:
    """Sent at once, before the terminal is in raw mode: dialogs, a search, a bookmark whose note begins with q."""
    with replay(str(ROOT / "fixtures" / "sessions" / "shell-vim.json"), home=tmp_path) as screen:
        screen.send(keys)
        screen.wait_state(keys=len(keys), analysed=True, **EARLY[keys])
