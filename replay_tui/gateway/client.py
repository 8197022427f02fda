"""Client of one gateway: read requests, write requests, and their shared connection settings."""

from __future__ import annotations

from datetime import datetime

from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.read_api import ReadApi
from replay_tui.gateway.request import Timeouts
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_cache import SessionCache
from replay_tui.gateway.token_auth import TokenRenewal
from replay_tui.gateway.token_store import TokenStore
from replay_tui.gateway.write_api import WriteApi


class GatewayClient:
    """Gateway client. `read` holds the read requests, `write` the changes. Safe to use from several threads.

    Call `close` after use, or use it in a `with` block. With `read_only` every change raises `ReadOnly`. `cache` holds
    copies of closed sessions, None if the user did not enable it.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        read_only: bool = False,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        renewal: TokenRenewal | None = None,
        cache: SessionCache | None = None,
    ) -> None:
        self.credentials = credentials
        self.cache = cache
        self.transport = HttpTransport(credentials, retry or RetryPolicy(), timeouts or Timeouts(), renewal)
        self.read = ReadApi(self.transport)
        self.write = WriteApi(self.transport, read_only=read_only)

    def now(self) -> datetime:
        """Return the gateway's current time in UTC, that of this computer before the first answer."""
        return self.transport.clock.now()

    def __enter__(self) -> GatewayClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()


def log_in(credentials: Credentials, store: TokenStore) -> tuple[CurrentUser, str]:
    """Verify the token with the gateway, then store it. Return the user and the place of the token.

    Raises `Unauthorized` if the gateway rejects the token, which is then not stored.
    """
    with GatewayClient(credentials, read_only=True) as client:
        user = client.read.current_user()
    return user, store.save(credentials.address, credentials.token)
