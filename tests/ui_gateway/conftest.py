"""The application on a loopback gateway of real HTTP: nothing is patched, waits are for conditions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from replay_tui.gateway.address import Address
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.secret import Secret
from replay_tui.settings.state import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.support.gateway import LoopbackGateway, Person


class Running:
    """The application as a test sees it."""

    def __init__(self, app: ReplayApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def text(self) -> str:
        """All that is on the screen, notices on a line each."""
        strips = self.app.screen._compositor.render_strips()
        lines = ["".join(segment.text for segment in strip) for strip in strips]
        return "\n".join([*lines, *(notice.message for notice in self.app._notifications)])  # notices wrap

    def widget_text(self, selector: str) -> str:
        """What a widget of the screen on top shows."""
        area = self.app.screen.query_one(selector).region
        strips = self.app.screen._compositor.render_strips()[area.y : area.bottom]
        return "\n".join(strip.crop(area.x, area.right).text for strip in strips)

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait for a condition, ten seconds at most."""
        for _ in range(500):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never came: {what}\n{self.text}")

    async def sees(self, *words: str) -> None:
        """Wait until all of these words are on the screen."""
        await self.until(lambda: all(word in self.text for word in words), repr(words))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text and Enter."""
        names = {" ": "space", "-": "minus", ":": "colon", "=": "equals_sign"}
        await self.pilot.press(*(names.get(char, char) for char in text), "enter")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackGateway]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with LoopbackGateway() as running:
        yield running


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(gateway: LoopbackGateway, tmp_path: Path) -> Start:
    """`start(person, "name of a session" or None for the inbox)` runs the application."""

    @asynccontextmanager
    async def run(
        person: Person, name: str | None = None, *, size: tuple[int, int] = (140, 40), **options: Any
    ) -> AsyncIterator[Running]:
        credentials = Credentials(Address.read(gateway.url), Secret(person.token))
        with GatewayClient(credentials, read_only=options.get("read_only", False)) as client:
            refs = [SessionRef(gateway.store.names[name], client=client)] if name else []
            app = ReplayApp(refs, PlayOptions(**options), clock=FakeClock(), store=StateStore(tmp_path), client=client)
            async with app.run_test(size=size) as pilot:
                yield Running(app, pilot)

    return run
