"""From settings, environment and stored token to a client; what the gateway's commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from replay_tui.cli.options import PLAIN_HTTP, plain_http_option
from replay_tui.cli.output import is_terminal, print_status
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.risk import Severity
from replay_tui.domain.text import sanitize
from replay_tui.gateway.credentials import CredentialSources, find_address, resolve_credentials
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.hoop_settings import HoopSettings as Source
from replay_tui.gateway.hoop_settings import from_environment
from replay_tui.settings.config import Settings, config_folder, config_path, load_settings

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_SETTINGS = "replay_tui.settings"


def gateway_options(command: Decorated) -> Decorated:
    """`--api-url` and `--allow-plain-http`."""
    command = plain_http_option(command)
    return click.option("--api-url", metavar="U", help="The gateway's address, instead of the configured one.")(command)


def settings() -> Settings:
    """The user's settings, read once for a run; what is wrong with them is said on stderr."""
    meta = _meta()
    if _SETTINGS not in meta:
        meta[_SETTINGS], warnings = load_settings()
        for warning in warnings:
            print_status(warning)
        Severity.set_labels(meta[_SETTINGS].severities)
    found: Settings = meta[_SETTINGS]
    return found


def plain_http_allowed() -> bool:
    """Whether a flag or a setting allows unencrypted requests to another machine."""
    return bool(_meta().get(PLAIN_HTTP)) or settings().allow_plain_http


def sources() -> CredentialSources:
    """Where address and token are looked for. Raises `GatewayError` for a place that cannot be read."""
    mine = settings()
    own = Source(mine.api_url, None, _authority(mine.tls_ca), mine.skip_tls_verify)
    return CredentialSources.default(config_folder(), own)


def is_configured() -> bool:
    """Whether there is an address to ask: then the program's first screen is that gateway's list."""
    return find_address(sources(), allow_plain_http=True) is not None


def connect(api_url: str | None = None, *, read_only: bool = False) -> GatewayClient:
    """A client of the configured gateway (`api_url`, an argument, wins), with its warnings said on stderr.

    With `read_only`, or where the settings say so, it sends no change. Raises `GatewayError` where address or token
    are missing, with how to give them.
    """
    from replay_tui.gateway.client import GatewayClient

    credentials = resolve_credentials(sources(), api_url, allow_plain_http=plain_http_allowed())
    for warning in credentials.warnings:
        print_status(warning)
    return GatewayClient(credentials, read_only=read_only or settings().read_only)


def refuse_read_only() -> None:
    """Raise `GatewayError` where the settings forbid changes, before anything is asked."""
    if settings().read_only:
        raise GatewayError(f"{sanitize(config_path())} says read_only = true: nothing was sent.")


def can_ask() -> bool:
    """Whether there is somebody at a terminal to answer a question."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def _authority(value: str | None) -> str | None:
    """PEM text for the setting `tls_ca`, which is read as `HOOP_TLSCA` is: a file, base64, or the text itself."""
    if not value:
        return None
    try:
        return from_environment({"HOOP_TLSCA": _file(value)}).tls_ca
    except CredentialsError as failure:
        wrong = str(failure).replace("HOOP_TLSCA", f"tls_ca in {sanitize(config_path())}", 1)
    raise CredentialsError(wrong)


def _file(value: str) -> str:
    """The file that a setting names, from the settings' own folder on; what names none stays as it is."""
    try:
        path = config_folder() / Path(value).expanduser()
        return str(path) if path.is_file() else value
    except (OSError, RuntimeError, ValueError):
        return value


def _meta() -> dict[str, Any]:
    """What is kept for one run of the program."""
    context = click.get_current_context(silent=True)
    return context.meta if context else {}
