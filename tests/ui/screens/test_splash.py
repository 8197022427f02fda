"""Splash screen: shown at once, and keys typed while the program is loading are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.screen import Screen

from replay_tui.settings.state_store import StateStore
from replay_tui.ui import app
from replay_tui.ui.screens.splash import SplashScreen
from replay_tui.ui.session_ref import SessionRef
from tests.support.hostile import WALKS, everything
from tests.support.ptyread import replay
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


async def test_splash_forwards_keys_after_its_end() -> None:
    """A key in the queue of the splash screen when it is replaced reaches the next screen."""
    seen: list[str] = []

    class Next(Screen[None]):
        def on_key(self, event: events.Key) -> None:
            seen.append(event.key)

    async with App[None]().run_test() as pilot:
        starting = SplashScreen("a session")
        await pilot.app.push_screen(starting)
        starting.post_message(events.Key("a", "a"))
        await pilot.app.switch_screen(Next())
        starting.post_message(events.Key("b", "b"))  # after its end, which nobody can send
        await pilot.pause()
    assert (seen, starting.typed) == (["a"], [])


async def test_start_without_screens_ends_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "DEFERRED_MODULES", ("replay_tui.ui.screens.missing",))

    async def start() -> None:
        replay_app = app.ReplayApp([SessionRef(str(shell(tmp_path)))], store=StateStore(tmp_path / "state"))
        async with replay_app.run_test() as pilot:
            while replay_app.is_running:
                await pilot.pause(0.01)

    with pytest.raises(ModuleNotFoundError, match="missing"):
        await start()


@pytest.mark.parametrize(("keys", "at"), [(":50%\r", "00:00:35.8"), ("5", "00:00:35.8"), ("]", "00:00:42.7")])
def test_keys_typed_before_loading_take_effect_later(tmp_path: Path, keys: str, at: str) -> None:
    with replay("demo", home=tmp_path, fresh=True, cols=120, rows=36) as screen:
        screen.wait_for("Opening")
        screen.send(keys)
        screen.wait_for(f"{at} /")
