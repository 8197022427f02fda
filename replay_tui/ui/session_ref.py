"""What names a session that can be opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.sources import LoadedSession


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session that can be opened: a saved file at `path`, or the id `path` on a gateway where there is a `client`.

    `opened` is an iterator over a source that someone has begun to read; `title` is for lists.
    """

    path: str
    title: str = ""
    times: str = "s"
    preloaded: Iterator[LoadedSession] | None = None
    client: GatewayClient | None = None
