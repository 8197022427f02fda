"""`login`: asks for a token, verifies it with the gateway, and stores it."""

from __future__ import annotations

import getpass
import sys
import warnings

import click
from pydantic import SecretStr

from replay_tui.cli.gateway import can_ask, gateway_options, sources
from replay_tui.cli.options import examples
from replay_tui.cli.output import is_terminal, print_status, write
from replay_tui.cli.user_settings import plain_http_allowed
from replay_tui.cli.whoami import line_of
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.known_secrets import register_token
from replay_tui.gateway.credentials import CredentialSources, find_address, resolve_credentials
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.gateway_url import GatewayUrl

MAX_TOKEN_BYTES = 64 << 10


@click.command(
    "login",
    epilog=examples(
        "login",
        "login --api-url https://hoop.example.com",
        "login --api-url http://localhost:8009 --token-stdin < token.txt",
    ),
)
@gateway_options
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input instead of asking for it.")
def command(api_url: str | None, token_stdin: bool) -> None:
    """Store a gateway's address and a token for it.

    The token is verified first. It is stored in the system's keyring if there is one, else in a file that only you can
    read. An API key (hpk_...) and an organisation key (xapi-...) are tokens too.
    """
    from replay_tui.gateway.client import log_in

    places = sources()
    if places.store is None:
        raise GatewayError("No storage for tokens is available.")
    address = _address(places, api_url, ask=not token_stdin and can_ask())
    token = _token_from_stdin() if token_stdin else _token_from_keyboard(address)
    credentials = resolve_credentials(places, address, token=token, allow_plain_http=plain_http_allowed())
    for warning in credentials.warnings:
        print_status(warning)
    me, place = log_in(credentials, places.store)
    write(line_of(me, credentials.address))
    print_status(f"Stored the token in {sanitize(place)}.")
    _warn_of_overrides(places, place)


def _address(places: CredentialSources, api_url: str | None, *, ask: bool) -> str:
    """Return the address: `api_url`, else the user's answer, else the configured one. Raises `UsageError`."""
    if api_url:
        return api_url
    found = find_address(places, allow_plain_http=True)
    known = found[0].base if found else None
    if ask:
        answer: str = click.prompt("Gateway's address", default=known, err=True)
        GatewayUrl.parse(
            answer, allow_plain_http=plain_http_allowed()
        )  # reports an invalid address before asking for the token
        return answer
    if known is None:
        raise UsageError("No gateway is configured. Add --api-url https://HOST.")
    return known


def _token_from_stdin() -> SecretStr:
    if is_terminal(sys.stdin):
        raise UsageError("--token-stdin needs a pipe or a file as standard input, not a terminal.")
    try:
        text = sys.stdin.read(MAX_TOKEN_BYTES) if sys.stdin is not None else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    return _parse_token(text)


def _token_from_keyboard(address: str) -> SecretStr:
    if not can_ask():
        raise UsageError("No terminal to ask for the token. Pipe it in with --token-stdin.")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # fail instead of reading with echo
        try:
            text = getpass.getpass(f"Token for {sanitize(address)} (not shown): ")
        except (getpass.GetPassWarning, EOFError):
            text = ""
    return _parse_token(text)


def _parse_token(text: str) -> SecretStr:
    if not text.strip():
        raise UsageError("No token given; nothing was changed.")
    register_token(text.strip())
    return SecretStr(text.strip())


def _warn_of_overrides(places: CredentialSources, place: str) -> None:
    """Warn if a variable or the vendor's own file takes precedence over the stored credentials."""
    try:
        used = resolve_credentials(places, allow_plain_http=True)
    except CredentialsError:
        return
    if used.sources["token"] != place:
        print_status(f"Warning: the token from {sanitize(used.sources['token'])} takes precedence.")
    if used.sources["address"] != "the last login" and places.store is not None:
        last = places.store.last_address
        if last and used.address.base != last:
            print_status(
                f"Warning: the address from {sanitize(used.sources['address'])} ({used.address}) takes precedence."
            )
