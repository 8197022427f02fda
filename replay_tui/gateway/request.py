"""Requests to the gateway: method, path and parameters, timeouts, and token authentication."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from replay_tui.gateway.credentials import Credentials

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds.

    `connect` limits connecting; `read`, `change` and `live` limit the wait for the next bytes of a read, of a change
    (the gateway waits 50 s for a run) and of live events (keep-alives arrive every 30 s); `whole` limits the total time
    of a small response or of the headers.
    """

    connect: float = 5.0
    read: float = 30.0
    change: float = 75.0
    live: float = 75.0
    whole: float = 45.0


@dataclass(frozen=True, slots=True)
class Request:
    """Request. `path` is relative to the API's URL, or an absolute URL of the gateway's own origin."""

    method: str
    path: str
    params: Params | None = None
    body: Any = None
    accept: str = "application/json"
    with_token: bool = True


class TokenAuth(httpx.Auth):
    """Authentication that adds the token to one request, so that no other object holds the header."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header to the request."""
        request.headers.update([self._credentials.header])
        yield request
