"""Fixtures: the application on a loopback gateway with real HTTP; nothing is patched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from replay_tui.domain.review import Action
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_cache import SessionCache
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.support.gateway import LoopbackGateway, Person
from tests.ui.conftest import _quiet  # noqa: F401 -- for these, too
from tests.ui.driver import Driver


class Running(Driver):
    """A driver whose `text` includes the notices."""

    @property
    def text(self) -> str:
        """The displayed text, followed by the notices, one per line."""
        return "\n".join([super().text, *self.notices])  # on the screen they are wrapped

    async def sees(self, *words: str) -> None:
        """Wait until all of these texts are displayed together."""
        await self.until(lambda: self._holds(words), repr(words))

    def _holds(self, words: Sequence[str]) -> bool:
        text = self.text
        return all(word in text for word in words)

    async def choose(self, action: Action) -> None:
        """Open the list of actions, which needs the current user, and choose one."""
        await self.press("exclamation_mark")
        await self.sees("Actions")
        lines = [line.plain for line in self.widget("LineList").items]
        position = next(at for at, line in enumerate(lines) if line.strip("()").startswith(action.value))
        await self.press(*["down"] * position, "enter")

    async def write(self, text: str) -> None:
        """Type a text and Enter."""
        await self.type(text)
        await self.press("enter")


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
        person: Person,
        name: str | None = None,
        *,
        size: tuple[int, int] = (140, 40),
        retry: RetryPolicy | None = None,
        cache: SessionCache | None = None,
        **options: Any,
    ) -> AsyncIterator[Running]:
        credentials = Credentials(GatewayUrl.parse(gateway.url), SecretStr(person.token))
        read_only = options.get("read_only", False)
        with GatewayClient(credentials, read_only=read_only, retry=retry, cache=cache) as client:
            refs = [SessionRef(gateway.store.names[name], client=client)] if name else []
            clock = FakeClock()
            app = ReplayApp(refs, LaunchOptions(**options), clock=clock, store=StateStore(tmp_path), client=client)
            async with app.run_test(size=size) as pilot:
                yield Running(app, pilot, clock)

    return run
