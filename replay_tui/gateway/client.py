"""The gateway as Python: one method for each thing that it can be asked or told."""

from __future__ import annotations

from replay_tui.gateway.changing import Changing
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.reading import Reading
from replay_tui.gateway.request import Timeouts
from replay_tui.gateway.retry import Retry
from replay_tui.gateway.transport import Transport


class GatewayClient(Reading, Changing):
    """Reads sessions (`Reading`) and sends changes (`Changing`). May be used from several threads.

    Close it, or use it in a `with`. With `read_only` no change is sent at all.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        read_only: bool = False,
        retry: Retry | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.credentials = credentials
        transport = Transport(credentials, retry or Retry(), timeouts or Timeouts())
        Reading.__init__(self, transport)
        Changing.__init__(self, transport, read_only=read_only)

    def __enter__(self) -> GatewayClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()
