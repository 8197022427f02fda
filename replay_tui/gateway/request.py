"""Requests to the gateway: method, path and parameters, and timeouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Params = Mapping[str, str | int]


class Timeouts(Struct, frozen=True):
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


class Request(Struct, frozen=True):
    """Request. `path` is relative to the API's URL, or an absolute URL of the gateway's own origin."""

    method: str
    path: str
    params: Params | None = None
    body: Any = None
    accept: str = "application/json"
    with_token: bool = True
