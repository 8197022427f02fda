"""Runs of the application for pictures: terminal size, colour mode, and sessions from files or a loopback gateway."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from pydantic import SecretStr
from rich.color import ColorSystem
from textual._context import visible_screen_stack
from textual.color import Color
from textual.strip import Strip
from textual.widgets import Input

from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.viewer_colours import SixteenColours
from replay_tui.ui.widgets.terminal_view import TerminalView
from tests.snapshots.picture import Capture, capture
from tests.support.clock import FakeClock
from tests.support.gateway import ADMIN, LoopbackGateway, Person
from tests.ui.driver import Driver, running

FOLDER = Path(__file__).parent / "screens"
"""Holds the accepted pictures."""
NOW = datetime(2026, 11, 25, 10, 30, tzinfo=ZoneInfo("UTC"))
"""The date and the local time zone of every picture."""
SIZES = (80, 24), (120, 36)
LARGE = SIZES[1:]
DARK, LIGHT, SIXTEEN, NO_COLOR = "dark", "light", "16 colours", "NO_COLOR"
ALL_MODES = (DARK, LIGHT, NO_COLOR)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_BUSY = re.compile(r"loading the session's (?:text|bytes)|analysing…|searching")
Captures = dict[str, dict[str, Capture]]
"""Captures by the name of the picture and the colour mode."""


@dataclass
class Stage:
    """One run of a scene. `size` is in columns and rows; `folder` is empty and the current folder.

    A run in the dark theme also adds its 16-colour form to `captures`.
    """

    folder: Path
    size: tuple[int, int]
    mode: str = DARK
    captures: Captures = field(default_factory=dict)

    @property
    def theme(self) -> str:
        """The theme of the mode."""
        return "textual-light" if self.mode == LIGHT else "textual-dark"

    @asynccontextmanager
    async def replay(self, *sources: Path, ready: bool = True, archive: Path | None = None) -> AsyncIterator[Driver]:
        """Run the application on saved sessions; `ready` waits until the first one is analysed."""
        async with running(
            *sources, folder=self.folder, size=self.size, theme=self.theme, ready=ready, archive=archive
        ) as ui:
            if ready:
                await at_rest(ui)
            yield ui

    @asynccontextmanager
    async def online(
        self, gateway: LoopbackGateway, session: str | None = None, person: Person = ADMIN
    ) -> AsyncIterator[Driver]:
        """Run the application on a gateway's list, or on one of its sessions."""
        credentials = Credentials(GatewayUrl.parse(gateway.url), SecretStr(person.token))
        with GatewayClient(credentials) as client:
            refs = [SessionRef(gateway.store.names[session], client=client)] if session else []
            clock, store = FakeClock(), StateStore(self.folder / "state")
            app = ReplayApp(refs, clock=clock, store=store, client=client, theme=self.theme)
            async with app.run_test(size=self.size) as pilot:
                yield Driver(app, pilot, clock)

    async def shot(self, ui: Driver, name: str, *texts: str) -> None:
        """Capture the screen once it contains all `texts`, nothing is loading and the playhead's frame is drawn.

        Notices and blinking cursors are removed, because a picture must not depend on time.
        """
        strips: list[Strip] = []
        tries = 0
        ui.app.clear_notifications()
        for box in ui.app.screen.query(Input):
            box.cursor_blink = False

        def is_ready() -> bool:
            nonlocal tries
            if not _is_at_rest(ui):  # composing a picture costs much more
                return False
            tries += 1
            strips[:] = _composed(ui)
            shown = "\n".join(strip.text for strip in strips)
            return all(text in shown for text in texts) and not _BUSY.search(shown)

        await ui.until(lambda: _is_at_rest(ui), f"{name} at rest")
        _lay_out(ui)
        await ui.until(is_ready, f"{name}, with {texts}")
        if tries > 1:  # something changed after it was laid out
            _lay_out(ui)
            await ui.until(is_ready, f"{name} laid out, with {texts}")
        modes = self.captures.setdefault(name, {})
        assert self.mode not in modes, f"two pictures are named {name}"
        modes[self.mode] = capture(strips)
        if self.mode == DARK:
            reduced = [strip.apply_filter(SixteenColours(), Color(0, 0, 0)) for strip in strips]
            modes[SIXTEEN] = capture(reduced, ColorSystem.STANDARD)


async def at_rest(ui: Driver) -> None:
    """Wait until the session is analysed and drawn. Call it before a dialog opens: screens below one have no layout."""
    await ui.analysed()
    ui.app.clear_notifications()  # otherwise the wait lasts until they expire
    await ui.until(lambda: _is_at_rest(ui), "at rest")
    _lay_out(ui)
    await ui.settle()


def _lay_out(ui: Driver) -> None:
    """Request a new layout of every widget: otherwise an old height or scrollbar remains until the next one."""
    for widget in ui.app.screen.query("*"):
        widget.refresh(layout=True)


def _composed(ui: Driver) -> list[Strip]:
    """Return the rows as written to the terminal. `Driver.strips` does not contain the screen below a dialog."""
    if below := ui.app._background_screens:
        ui.app.screen.refresh()
        visible_screen_stack.set(below)
    return ui.strips


def _replays(ui: Driver) -> list[ReplayScreen]:
    return [screen for screen in ui.app.screen_stack if isinstance(screen, ReplayScreen)]


def _is_at_rest(ui: Driver) -> bool:
    views = ui.app.screen.query("#terminal").results(TerminalView)
    return (
        not ui.app.screen.query("Toast")
        and not any(replay.state.progress.text for replay in _replays(ui))
        and not any(_is_reading(screen) for screen in ui.app.screen_stack if isinstance(screen, InboxScreen))
        and all(view.shown is None or view.shown.time == ui.position for view in views if view.region)
    )


def _is_reading(inbox: InboxScreen) -> bool:
    """Return True until the list, what waits for the user, and the sessions of the rows in view are loaded."""
    state = inbox.state
    waiting = state.waiting_known or state.waiting_failure
    controllers = inbox.controllers
    return state.listing.asking or not waiting or controllers.completing.is_busy or controllers.previewing.is_busy


@dataclass(frozen=True)
class Scene:
    """Steps through the program, the names of the pictures they take, and the `modes` at the largest of `sizes`.

    `all_daily`: no size is left to the exhaustive tests. The scenes that have it show the modes of the main screens.
    """

    pictures: tuple[str, ...]
    play: Callable[[Stage], Awaitable[None]]
    modes: tuple[str, ...] = (DARK,)
    sizes: tuple[tuple[int, int], ...] = SIZES
    all_daily: bool = False

    @property
    def daily(self) -> tuple[tuple[int, int], ...]:
        """The sizes that are not left to the exhaustive tests."""
        return self.sizes if self.all_daily else (min(self.sizes),)

    @property
    def name(self) -> str:
        """The name of the scene function."""
        return self.play.__name__

    def files(self, size: tuple[int, int]) -> list[str]:
        """Return the names of the picture files at a size."""
        return [f"{picture}-{size[0]}x{size[1]}.txt" for picture in self.pictures]


async def take(scene: Scene, size: tuple[int, int], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Captures:
    """Run a scene at one size in the dark theme, at its largest size in its other colour modes too."""
    captures: Captures = {}
    for name in ("NO_COLOR", *_PROXIES, *(proxy.lower() for proxy in _PROXIES)):
        monkeypatch.delenv(name, raising=False)
    for mode in scene.modes if size == max(scene.sizes) else (DARK,):
        stage = Stage(folder / mode, size, mode, captures)
        stage.folder.mkdir()
        with monkeypatch.context() as patch, time_machine.travel(NOW, tick=False):
            patch.chdir(stage.folder)
            if mode == NO_COLOR:
                patch.setenv("NO_COLOR", "1")
            await scene.play(stage)
    return captures
