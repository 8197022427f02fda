"""A request before it is sent: what to ask for, how long to wait, and the token that it will carry."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from replay_tui.gateway.credentials import Credentials

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for the next bytes of a read, of a change (the gateway waits 50 s for a run), of live events
    (the gateway sends a sign of life every 30 s); and for the `whole` of what is small, which an answer's head always
    is, however its bytes drip."""

    connect: float = 5.0
    read: float = 30.0
    change: float = 75.0
    live: float = 75.0
    whole: float = 45.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for: `path` is below the API's address, or a whole URL of the gateway's own origin."""

    method: str
    path: str
    params: Params | None = None
    body: Any = None
    accept: str = "application/json"
    with_token: bool = True


class TokenAuth(httpx.Auth):
    """Puts the token into one request. Nowhere else does it stand in a variable that a traceback could show."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers.update([self._credentials.header])
        yield request
