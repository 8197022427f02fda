"""Reference to a session: a file, or an id on a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay_tui.archive.source import SessionSource
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.sources import LoadedSession


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session that can be opened: the saved file `path`, or with a `client` the session id `path` on its gateway.

    `preloaded` continues a source that has been opened already; `title` is the name in lists; `times` is the unit of
    event times, `s` or `ms`.
    """

    path: str
    title: str = ""
    times: str = "s"
    preloaded: Iterator[LoadedSession] | None = None
    client: GatewayClient | None = None

    @property
    def source(self) -> SessionSource:
        """The source that reads the session from its start."""
        from replay_tui.archive.source import SessionSource

        return SessionSource(self.path, times="ms" if self.times == "ms" else "s", client=self.client)
