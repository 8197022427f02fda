"""Custom keys work, the default ones do not, and footer, help and palette show them."""

from __future__ import annotations

from pathlib import Path

from replay_tui.settings.state_store import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.ui.driver import Driver
from tests.ui.sessions import shell


async def test_custom_keys_replace_defaults(tmp_path: Path) -> None:
    keys = {
        "play": ("p",),
        "goto": ("g",),  # the default key of `start`, which loses it
        "full": ("up",),  # a key of the recorded screen itself
        "flag-on": ("j",),
        "tenth": tuple("qwertyuiop"),  # including keys of other commands
        "quit": ("0",),
        "close": ("x",),  # a fixed key
    }
    clock = FakeClock()
    app = ReplayApp([SessionRef(str(shell(tmp_path)))], clock=clock, store=StateStore(tmp_path / "state"), keys=keys)
    async with app.run_test(size=(120, 36)) as pilot:
        ui = Driver(app, pilot, clock)
        await ui.analysed()
        said = "\n".join(ui.notices)
        assert "'close' has fixed keys" in said
        assert "'start' has no key left" in said
        assert "The key p of 'tenth' is ignored, because 'play' has it; choose another key." in said
        footer = ui.pane("#keys")
        assert "p play/pause" in footer
        assert "[ j flagged" in footer
        before = ui.state.player.playing
        await ui.press("p")
        assert ui.state.player.playing is not before
        await ui.press("p", "space")
        assert ui.state.player.playing is before
        await ui.press("up")
        assert ui.replay.has_class("full")
        await ui.press("up")
        await ui.press("G")
        end = ui.position
        await ui.press("g")
        await ui.type("50%")
        await ui.press("enter")
        await ui.at(end / 2)
        await ui.press("question_mark")
        await ui.sees(" p ", "Play or pause")
        await ui.press("escape", "0")
        await ui.until(lambda: not app.is_running or app.return_value == 0)


async def test_custom_keys_can_be_swapped(tmp_path: Path) -> None:
    keys = {"faster": ("<",), "slower": (">",)}
    clock = FakeClock()
    app = ReplayApp([SessionRef(str(shell(tmp_path)))], clock=clock, store=StateStore(tmp_path / "state"), keys={
        name: tuple({"<": "less_than_sign", ">": "greater_than_sign"}[key] for key in written)
        for name, written in keys.items()
    })  # fmt: skip
    async with app.run_test(size=(120, 36)) as pilot:
        ui = Driver(app, pilot, clock)
        await ui.analysed()
        assert ui.notices == []
        await ui.press("less_than_sign")
        assert ui.state.player.speed > 1
        await ui.press("greater_than_sign", "greater_than_sign")
        assert ui.state.player.speed < 1
