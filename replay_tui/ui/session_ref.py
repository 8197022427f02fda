"""Reference to a session: a file, or an id on a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.text_encoding import UTF8

if TYPE_CHECKING:
    from replay_tui.archive.source import SessionSource
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.sources import LoadedSession
    from replay_tui.sources.loaded_session import TimeUnit


class SessionRef(Struct, frozen=True):
    """A session that can be opened: the saved file `path`, or with a `client` the session id `path` on its gateway.

    `preloaded` continues a source that has been opened already; `title` is the name in lists; `times` is the unit of
    event times, `s` or `ms`; `encoding` is that of the recorded terminal's text; `timing` is the timing
    file of a typescript.
    """

    path: str
    title: str = ""
    times: str = "s"
    preloaded: Iterator[LoadedSession] | None = None
    client: GatewayClient | None = None
    encoding: str = UTF8
    timing: str | None = None

    @property
    def source(self) -> SessionSource:
        """The source that reads the session from its start."""
        from replay_tui.archive.source import SessionSource

        times: TimeUnit = "ms" if self.times == "ms" else "s"
        return SessionSource(self.path, times=times, encoding=self.encoding, timing=self.timing, client=self.client)
