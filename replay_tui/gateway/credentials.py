"""Which gateway, with which token: read where a Hoop user has them, each setting by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from replay_tui.domain.tokens import MASK, register_token
from replay_tui.gateway.errors import LOGIN, CredentialsError
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.hoop_settings import HoopSettings, from_environment, from_file
from replay_tui.gateway.token_store import TokenStore

_ORGANISATION_KEY = re.compile(r"^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\|")
SKIP_WARNING = "The gateway's certificate is NOT verified (skip_tls_verify): anybody on the way can read the token."
PLAIN_WARNING = "The gateway is reached over plain http: anybody on the way can read the token."


@dataclass(frozen=True, slots=True)
class Credentials:
    """An address and what is needed to talk to it. `sources` says where address and token came from.

    `tls_ca` is PEM text, None where the usual authorities are trusted. `warnings` are sentences to show every time.
    """

    address: GatewayUrl
    token: SecretStr
    tls_ca: str | None = field(default=None, repr=False)
    skip_tls_verify: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        register_token(self.token.get_secret_value())

    def __reduce__(self) -> str:
        raise TypeError("credentials cannot be pickled: pickling SecretStr writes its value")

    def redact(self, text: str) -> str:
        """Return `text` with each occurrence of the token masked, because a server may echo the request."""
        value = self.token.get_secret_value()
        return text.replace(value, MASK) if value else text

    @property
    def header(self) -> tuple[str, str]:
        """The header that carries the token. The one place, besides the store, that reveals it."""
        value = self.token.get_secret_value()
        if value.startswith("xapi-") or _ORGANISATION_KEY.match(value):
            return "Api-Key", value
        return "Authorization", f"Bearer {value}"


@dataclass(frozen=True, slots=True)
class CredentialSources:
    """The places to look in, in their order; tests and the login command give their own."""

    environment: HoopSettings = field(default_factory=HoopSettings)
    hoop_file: HoopSettings = field(default_factory=HoopSettings)
    own: HoopSettings = field(default_factory=HoopSettings)
    store: TokenStore | None = None

    @staticmethod
    def default(
        config_folder: Path, own: HoopSettings | None = None, *, environ: Mapping[str, str] | None = None
    ) -> CredentialSources:
        """The environment, `~/.hoop/config.toml`, this program's settings (`own`) and the tokens in `config_folder`."""
        environ = os.environ if environ is None else environ
        home = environ.get("HOME")
        folder = Path(home) if home else Path.home()
        return CredentialSources(
            from_environment(environ),
            from_file(folder / ".hoop" / "config.toml"),
            own or HoopSettings(),
            TokenStore.open(config_folder),
        )

    def ordered(self) -> list[tuple[str, HoopSettings]]:
        """Each place with its name, the strongest first."""
        return [
            ("the environment", self.environment),
            ("~/.hoop/config.toml", self.hoop_file),
            ("the settings of replay-tui", self.own),
        ]


def find_address(
    sources: CredentialSources, api_url: str | None = None, *, allow_plain_http: bool = False
) -> tuple[GatewayUrl, str] | None:
    """The gateway's address and where it came from (`api_url` is the argument, which wins), None where none is set."""
    named = [("--api-url", api_url), *((name, place.api_url) for name, place in sources.ordered())]
    if sources.store is not None and not any(value for _, value in named):
        named.append(("the last login", sources.store.last_address))
    for name, value in named:
        if value:
            return GatewayUrl.parse(value, allow_plain_http=allow_plain_http), name
    return None


def resolve_credentials(
    sources: CredentialSources,
    api_url: str | None = None,
    *,
    token: SecretStr | None = None,
    allow_plain_http: bool = False,
) -> Credentials:
    """The credentials to use. Raises `CredentialsError` with what is missing and how to give it.

    A `token` that is given (at a login) wins over every other.
    """
    found = find_address(sources, api_url, allow_plain_http=allow_plain_http)
    if found is None:
        raise CredentialsError(f"No gateway is configured; {LOGIN}, or set HOOP_APIURL and HOOP_TOKEN.")
    address, address_source = found
    token, token_source = (token, "the login") if token else _find_token(sources, address)
    if not _is_token(token):
        raise CredentialsError(f"The token from {token_source} holds characters that no token has; {LOGIN}.")
    ca = next((place.tls_ca for _, place in sources.ordered() if place.tls_ca), None)
    skip = next((place.skip_tls_verify for _, place in sources.ordered() if place.skip_tls_verify is not None), False)
    warnings = []
    if skip and address.scheme == "https":
        warnings.append(SKIP_WARNING)
    if address.scheme == "http" and not address.is_plain_loopback:
        warnings.append(PLAIN_WARNING)
    if sources.store is not None and token_source == str(sources.store.path) and sources.store.warning:
        warnings.append(sources.store.warning)
    return Credentials(address, token, ca, skip, {"address": address_source, "token": token_source}, tuple(warnings))


def _is_token(token: SecretStr) -> bool:
    value = token.get_secret_value()
    return value.isascii() and value.isprintable() and " " not in value


def _find_token(sources: CredentialSources, address: GatewayUrl) -> tuple[SecretStr, str]:
    if sources.environment.token:
        return sources.environment.token, "the environment"
    hoop, stored = sources.hoop_file, sources.store.load(address) if sources.store else None
    # A token that was stored for this very address is better than one that the file keeps for another gateway.
    if hoop.token and not (stored and hoop.api_url and not _is_same_url(hoop.api_url, address)):
        return hoop.token, "~/.hoop/config.toml"
    if sources.own.token:
        return sources.own.token, "the settings of replay-tui"
    if stored and sources.store:
        return stored, sources.store.place(address)
    raise CredentialsError(f"There is no token for {address}; {LOGIN}, or set HOOP_TOKEN.")


def _is_same_url(api_url: str, address: GatewayUrl) -> bool:
    try:
        return GatewayUrl.parse(api_url, allow_plain_http=True) == address
    except CredentialsError:
        return False
