"""Driver of a running interface: sends keys, reads the screen's text, and waits for states, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

import replay_tui.ui.screens.inbox  # noqa: F401 -- once loaded, an application starts without a splash screen
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screens.replay import ReplayScreen
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.support.stylesheets import share_parsed_css

share_parsed_css()

_CHARACTERS = {
    "space": " ", "colon": ":", "at": "@", "full_stop": ".", "comma": ",", "percent_sign": "%", "slash": "/",
    "backslash": "\\", "less_than_sign": "<", "greater_than_sign": ">", "left_square_bracket": "[",
    "right_square_bracket": "]", "left_curly_bracket": "{", "right_curly_bracket": "}", "question_mark": "?",
    "asterisk": "*", "minus": "-", "exclamation_mark": "!",
}  # fmt: skip
_NAMES = {character: name for name, character in _CHARACTERS.items()}

TIMEOUT_SECONDS = 120.0
"""Time after which `until` fails."""


class Driver:
    """A running application: `press` keys, wait `until` a condition holds, read the `text` of the screen."""

    def __init__(self, app: ReplayApp, pilot: Pilot[int], clock: FakeClock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    @property
    def replay(self) -> ReplayScreen:
        """The topmost replay screen, which may be below a dialog."""
        return next(screen for screen in reversed(self.app.screen_stack) if isinstance(screen, ReplayScreen))

    @property
    def state(self) -> ReplayState:
        """The state of the replay screen."""
        return self.replay.state

    @property
    def position(self) -> float:
        """The playhead in seconds."""
        return self.state.player.position

    def widget(self, selector: str) -> Any:
        """Return a widget of the topmost screen."""
        return self.app.screen.query_one(selector)

    @property
    def strips(self) -> list[Strip]:
        """The displayed rows, as composed by Textual."""
        return list(self.app.screen._compositor.render_strips())

    @property
    def text(self) -> str:
        """The displayed text."""
        return "\n".join(strip.text for strip in self.strips)

    def pane(self, selector: str) -> str:
        """Return the displayed text in the region of a widget, without composing the rest of the screen."""
        widget: Widget = self.widget(selector)
        compositor = self.app.screen._compositor
        area = widget.region.intersection(compositor.size.region)
        rows = compositor._render_chops(area, area.line_range.__contains__)[area.y : area.bottom]
        # Each row consists of pieces by the column where they start; pieces start where a widget starts or ends.
        pieces = [[piece for x, piece in row.items() if x in area.column_range] for row in rows]
        return "\n".join("".join(piece.text for piece in row) for row in pieces)

    @property
    def status(self) -> str:
        """The status line."""
        return self.pane("#status")

    @property
    def notices(self) -> list[str]:
        """The messages of the visible notices."""
        return [notice.message for notice in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Press keys, each once the previous one is processed. Textual's pilot waits for an idle processor instead."""
        for key in keys:
            self._send(key)
            await self.settle()

    async def press_at_once(self, *keys: str) -> None:
        """Send all keys to the focused widget before any is processed, as on a busy machine."""
        target = self.app.focused or self.app.screen
        for key in keys:
            target._forward_event(self._key(key))
        await self.settle()

    async def type_at_once(self, text: str) -> None:
        """Send the keys of a text in one piece, as a script does; a line feed is Enter."""
        for char in text:
            self._send("enter" if char == "\n" else _NAMES.get(char, char))
        await self.settle()

    def _send(self, key: str) -> None:
        driver = self.app._driver
        assert driver is not None
        driver.send_message(self._key(key))

    def _key(self, key: str) -> events.Key:
        event = events.Key(key, _CHARACTERS.get(key, key if len(key) == 1 else None))
        event.set_sender(self.app)
        return event

    async def settle(self) -> None:
        """Wait until the event loop only waits for timers and threads, and the screen is laid out."""
        while True:
            await self._idle()
            if not self.app.screen_stack:  # the application has ended
                return
            screen = self.app.screen
            screen._on_timer_update()  # draw the next frame at once
            if not self._ready:
                return

    async def _idle(self) -> None:
        while self._ready:
            await asyncio.sleep(0)

    @property
    def _ready(self) -> object:
        """The callbacks that the event loop runs next. Exact, and ten times cheaper than querying each widget."""
        return asyncio.get_running_loop()._ready  # type: ignore[attr-defined]

    async def type(self, text: str) -> None:
        """Type a text into the focused input."""
        await self.press(*(_NAMES.get(char, char) for char in text))

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until a condition holds. Raises `AssertionError` with the screen's text after `TIMEOUT_SECONDS`."""
        end, pause = time.monotonic() + TIMEOUT_SECONDS, 0.002
        while True:
            await self.settle()
            if condition():
                return
            if time.monotonic() > end:
                raise AssertionError(f"never came true: {what or condition}\n{self.text}")
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, 0.025)

    async def sees(self, *texts: str) -> None:
        """Wait until each of these texts has been displayed."""
        for text in texts:
            await self.until(lambda text=text: text in self.text, f"{text!r} on the screen")

    async def at(self, seconds: float) -> None:
        """Wait until the playhead is at a time in seconds."""
        await self.until(lambda: abs(self.position - seconds) < 1e-6, f"at {seconds} s, is at {self.position}")

    async def noticed(self, text: str) -> None:
        """Wait until a notice contains a text."""
        await self.until(lambda: any(text in notice for notice in self.notices), f"a notice {text!r}: {self.notices}")

    async def analysed(self) -> None:
        """Wait until the session is loaded, indexed and analysed, and its first frame is drawn."""
        await self.until(lambda: self.state.findings is not None, "analysed")
        if self.state.kind.has_screen:
            await self.until(lambda: self.widget("#terminal").shown is not None, "the first frame")


@asynccontextmanager
async def running(
    *sources: Path | SessionRef,
    folder: Path,
    size: tuple[int, int] = (120, 36),
    ready: bool = True,
    theme: str = "textual-dark",
    **options: Any,
) -> AsyncIterator[Driver]:
    """Run the application on sessions, with a fake clock and with its state in `folder`."""
    refs: Sequence[SessionRef] = [one if isinstance(one, SessionRef) else SessionRef(str(one)) for one in sources]
    clock = FakeClock()
    app = ReplayApp(refs, LaunchOptions(**options), clock=clock, theme=theme, store=StateStore(folder / "state"))
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot, clock)
        if ready:
            await driver.analysed()
        yield driver
