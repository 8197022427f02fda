"""Connection to the configured gateway: credentials and options that its commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import platformdirs
from msgspec.structs import replace

from replay_tui.cli.options import plain_http_option
from replay_tui.cli.output import is_terminal, print_status
from replay_tui.cli.user_settings import plain_http_allowed, settings
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.credentials import Credentials, CredentialSources, find_address, resolve_credentials
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.gateway_url import page_address, session_id_of
from replay_tui.gateway.hoop_settings import HoopSettings, from_environment
from replay_tui.gateway.token_store import TokenStore
from replay_tui.settings.config import config_folder, config_path
from replay_tui.settings.file_cache import FileCache

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.gateway.session_cache import SessionCache
    from replay_tui.gateway.token_auth import TokenRenewal

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
MAX_COPIES_BYTES = 1 << 30
"""Limit for all copies of closed sessions together, compressed."""


def gateway_options(command: Decorated) -> Decorated:
    """Add `--api-url` and `--allow-plain-http` to a command."""
    command = plain_http_option(command)
    return click.option("--api-url", metavar="U", help="Address of the gateway, instead of the configured one.")(
        command
    )


def sources() -> CredentialSources:
    """Return the sources of address and token. Raises `GatewayError` if one cannot be read."""
    user = settings()
    own = HoopSettings(user.api_url, None, _ca_certificate(user.tls_ca), user.skip_tls_verify)
    return CredentialSources.default(config_folder(), own)


def is_configured() -> bool:
    """Return True if a gateway is configured; the program then starts with its list."""
    return find_address(sources(), allow_plain_http=True) is not None


def connect(api_url: str | None = None, *, read_only: bool = False) -> GatewayClient:
    """Return a client of the gateway `api_url`, else of the configured one; prints warnings on stderr.

    With `read_only`, or if the settings say so, the client sends no changes. Raises `GatewayError` if the address or
    the token is missing.
    """
    from replay_tui.gateway.client import GatewayClient

    credentials = resolve_credentials(sources(), api_url, allow_plain_http=plain_http_allowed())
    for warning in credentials.warnings:
        print_status(warning)
    return GatewayClient(
        credentials,
        read_only=read_only or settings().read_only,
        renewal=_renewal(credentials, sources().own),
        cache=_session_cache() if settings().cache_sessions else None,
    )


def connect_to_session(
    session: str, api_url: str | None = None, *, read_only: bool = True
) -> tuple[GatewayClient, str]:
    """Return a client of the gateway of SESSION and the session's id. Raises `GatewayError`.

    The gateway is `api_url`; else that of a page, if a token belongs to it; else the configured one.
    """
    client = connect(api_url or _address_of_page(session), read_only=read_only)
    try:
        return client, session_id_of(session, client.credentials.address)
    except GatewayError:
        client.close()
        raise


def _address_of_page(session: str) -> str | None:
    """Return the address of a session's page if it is not on the configured gateway and a token belongs to it."""
    page = page_address(session)
    if page is None:
        return None
    known = find_address(sources(), allow_plain_http=True)
    if known is not None and known[0].origin == page.origin:
        return None
    for address in (page, replace(page, path="")):
        try:
            return resolve_credentials(sources(), address.base, allow_plain_http=True).address.base
        except CredentialsError:  # for example no token
            pass
    return None


def _session_cache() -> SessionCache:
    from replay_tui.gateway.session_cache import SessionCache

    return SessionCache(
        FileCache(platformdirs.user_cache_path("replay-tui") / "sessions", MAX_COPIES_BYTES, ".session")
    )


def _renewal(credentials: Credentials, own: HoopSettings) -> TokenRenewal:
    """Return the renewal of the token of `credentials`, which works in any thread."""
    from replay_tui.gateway.token_auth import TokenRenewal

    def load() -> Credentials:
        places = CredentialSources.default(config_folder(), own)
        return resolve_credentials(places, credentials.address.base, allow_plain_http=True)

    def save(renewed: Credentials) -> None:
        store = TokenStore.open(config_folder())
        # Tokens from the environment or the vendor's file are not ours to replace.
        if renewed.sources["token"] == store.place(renewed.address):
            store.save(renewed.address, renewed.token, is_login=False)

    return TokenRenewal(load, save)


def refuse_read_only() -> None:
    """Raise `GatewayError` if the settings forbid changes, before the user is asked anything."""
    if settings().read_only:
        raise GatewayError(f"Nothing was sent: {sanitize(config_path())} has read_only = true.")


def can_ask() -> bool:
    """Return True if the user can be asked: standard input and stderr are terminals."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def _ca_certificate(value: str | None) -> str | None:
    """Return the PEM text of the setting `tls_ca`: a file, base64, or the text itself, as for `HOOP_TLSCA`.

    Raises `CredentialsError`.
    """
    if not value:
        return None
    try:
        return from_environment({"HOOP_TLSCA": _resolve_file(value)}).tls_ca
    except CredentialsError as failure:
        wrong = str(failure).replace("HOOP_TLSCA", f"tls_ca in {sanitize(config_path())}", 1)
    raise CredentialsError(wrong)


def _resolve_file(value: str) -> str:
    """Return the path of a file relative to the settings' folder, or the value itself if there is no such file."""
    try:
        path = config_folder() / Path(value).expanduser()
        return str(path) if path.is_file() else value
    except (OSError, RuntimeError, ValueError):
        return value
