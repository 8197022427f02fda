"""Fixtures: a loopback gateway for each test, and clients with a clock that does not wait."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from pydantic import SecretStr

from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.request import Timeouts
from replay_tui.gateway.retry import RetryPolicy
from tests.support.clock import WaitlessClock
from tests.support.gateway import ADMIN, LoopbackGateway


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def gateway() -> Iterator[LoopbackGateway]:
    with LoopbackGateway() as running:
        yield running


@pytest.fixture
def clock() -> WaitlessClock:
    return WaitlessClock()


Connect = Callable[..., GatewayClient]


@pytest.fixture
def connect(gateway: LoopbackGateway, clock: WaitlessClock) -> Iterator[Connect]:
    """Factory of clients: `connect(token, read_only=…, timeouts=…, url=…)`."""
    made: list[GatewayClient] = []

    def make(
        token: str = ADMIN.token,
        *,
        url: str | None = None,
        read_only: bool = False,
        timeouts: Timeouts | None = None,
        tls_ca: str | None = None,
        skip: bool = False,
    ) -> GatewayClient:
        address = GatewayUrl.parse(url or gateway.url, allow_plain_http=True)
        client = GatewayClient(
            Credentials(address, SecretStr(token), tls_ca, skip),
            read_only=read_only,
            retry=RetryPolicy(clock, jitter=lambda: 1.0),
            timeouts=timeouts,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Connect) -> GatewayClient:
    return connect()
