"""The gateway as Python: one method for each thing that it can be asked or told."""

from __future__ import annotations

from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.read_api import ReadApi
from replay_tui.gateway.request import Timeouts
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.write_api import WriteApi


class GatewayClient(ReadApi, WriteApi):
    """Reads sessions (`SessionAnalysis`) and sends changes (`WriteApi`). May be used from several threads.

    Close it, or use it in a `with`. With `read_only` no change is sent at all.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        read_only: bool = False,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.credentials = credentials
        transport = HttpTransport(credentials, retry or RetryPolicy(), timeouts or Timeouts())
        ReadApi.__init__(self, transport)
        WriteApi.__init__(self, transport, read_only=read_only)

    def __enter__(self) -> GatewayClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()
