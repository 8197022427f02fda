"""Gateway credentials, resolved from the sources in which a Hoop user has them, each setting separately."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.known_secrets import MASK, register_token
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.gateway.errors import LOGIN, CredentialsError
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.hoop_settings import HoopSettings, from_environment, from_file
from replay_tui.gateway.token_store import TokenStore

_ORGANISATION_KEY_FORM = lazy_compile(r"^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\|")
UNVERIFIED_TLS_WARNING = (
    "The gateway's certificate is NOT verified (skip_tls_verify): anybody on the way can read the token."
)
_PAIR = {"the environment": " (set HOOP_APIURL as well)", "~/.hoop/config.toml": " (api_url)"}
PLAIN_HTTP_WARNING = "The gateway is reached over plain http: anybody on the way can read the token."


@dataclass(frozen=True, slots=True)
class Credentials:
    """Address, token and TLS settings. `sources` names the origins of `address` and `token`.

    `tls_ca` is PEM text, None for the default authorities. `warnings` are sentences to display on each connection.
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
        """Name and value of the HTTP header with the token."""
        value = self.token.get_secret_value()
        if value.startswith("xapi-") or _ORGANISATION_KEY_FORM.match(value):
            return "Api-Key", value
        return "Authorization", f"Bearer {value}"


@dataclass(frozen=True, slots=True)
class CredentialSources:
    """Sources of credentials by priority; the store comes last."""

    environment: HoopSettings = field(default_factory=HoopSettings)
    hoop_file: HoopSettings = field(default_factory=HoopSettings)
    own: HoopSettings = field(default_factory=HoopSettings)
    store: TokenStore | None = None

    @staticmethod
    def default(
        config_folder: Path, own: HoopSettings | None = None, *, environ: Mapping[str, str] | None = None
    ) -> CredentialSources:
        """Return the environment, `~/.hoop/config.toml`, the settings (`own`) and the store in `config_folder`.

        Raises `CredentialsError` if the file or a variable is invalid.
        """
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
        """Return (name, settings) pairs, highest priority first."""
        return [
            ("the environment", self.environment),
            ("~/.hoop/config.toml", self.hoop_file),
            ("the settings of replay-tui", self.own),
        ]


def find_address(
    sources: CredentialSources, api_url: str | None = None, *, allow_plain_http: bool = False
) -> tuple[GatewayUrl, str] | None:
    """Return the address and the name of its source, None if none is configured. `api_url` has the highest priority.

    Raises `CredentialsError` if the address is invalid.
    """
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
    """Return the credentials with the highest priority; an explicit `token` (at a login) overrides all others.

    Raises `CredentialsError` if the address or the token is missing or invalid.
    """
    found = find_address(sources, api_url, allow_plain_http=allow_plain_http)
    if found is None:
        raise CredentialsError(f"No gateway is configured; {LOGIN}, or set HOOP_APIURL and HOOP_TOKEN.")
    address, address_source = found
    token, token_source = (token, "the login") if token else _find_token(sources, address)
    if not is_token(token):
        raise CredentialsError(f"The token from {token_source} holds invalid characters; {LOGIN}.")
    # As with tokens: the certificate of one gateway is not trusted for another one, and its check is not skipped there.
    places = [place for _, place in sources.ordered() if not place.api_url or is_same_address(place.api_url, address)]
    ca = next((place.tls_ca for place in places if place.tls_ca), None)
    skip = next((place.skip_tls_verify for place in places if place.skip_tls_verify is not None), False)
    warnings = []
    if skip and address.scheme == "https":
        warnings.append(UNVERIFIED_TLS_WARNING)
    if address.scheme == "http" and not address.is_plain_loopback:
        warnings.append(PLAIN_HTTP_WARNING)
    if sources.store is not None and token_source == str(sources.store.path) and sources.store.warning:
        warnings.append(sources.store.warning)
    return Credentials(address, token, ca, skip, {"address": address_source, "token": token_source}, tuple(warnings))


def is_token(token: SecretStr) -> bool:
    """Return True if `token` can be sent in a header."""
    value = token.get_secret_value()
    return value.isascii() and value.isprintable() and " " not in value


def is_same_address(api_url: str, address: GatewayUrl) -> bool:
    """Return True if `api_url`, as configured, is `address`."""
    try:
        return GatewayUrl.parse(api_url, allow_plain_http=True) == address
    except CredentialsError:
        return False


def unused_tokens(sources: CredentialSources, address: GatewayUrl) -> list[str]:
    """Return a sentence for each configured token that is not sent to `address`, because it belongs to another one."""
    sentences = []
    for name, place in sources.ordered():
        if place.token and not place.api_url:
            sentences.append(f"The token from {name} is not used: there is no address with it{_PAIR.get(name, '')}.")
        elif place.token and place.api_url and not is_same_address(place.api_url, address):
            sentences.append(f"The token from {name} is not used: it belongs to {sanitize(place.api_url)}.")
    return sentences


def _find_token(sources: CredentialSources, address: GatewayUrl) -> tuple[SecretStr, str]:
    """Return the token for `address` and its source. A token is sent only to the address that it was configured with.

    The vendor's command line does the same: it reads `HOOP_TOKEN` only together with `HOOP_APIURL`.
    """
    for name, place in sources.ordered():
        if place.token and place.api_url and is_same_address(place.api_url, address):
            return place.token, name
    if sources.store and (stored := sources.store.load(address)):
        return stored, sources.store.place(address)
    hint = f"run `replay-tui login --api-url {address.base}`, or set HOOP_APIURL and HOOP_TOKEN together"
    raise CredentialsError(
        " ".join([f"No token is configured for {address}; {hint}.", *unused_tokens(sources, address)])
    )
