"""Logging in: a token is tried before it is kept."""

from __future__ import annotations

from replay_tui.gateway.account import CurrentUser
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.token_store import TokenStore


def log_in(credentials: Credentials, store: TokenStore) -> tuple[CurrentUser, str]:
    """Ask the gateway who this is, then keep the token; the user, and where the token went.

    Raises `Unauthorized` for a token that is not accepted, which is then not kept.
    """
    with GatewayClient(credentials, read_only=True) as client:
        me = client.current_user()
    return me, store.save(credentials.address, credentials.token)
