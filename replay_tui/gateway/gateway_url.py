"""A gateway's address: one origin, checked before a token is ever sent to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from replay_tui.domain.text import sanitize, truncate
from replay_tui.gateway.errors import CredentialsError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class GatewayUrl:
    """Where a gateway is. `base` is the `api_url` without its trailing slash; the routes are below `base/api`."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @staticmethod
    def parse(text: str, *, allow_plain_http: bool = False) -> GatewayUrl:
        """The address that `text` names. Without a scheme https is meant, on this machine http.

        Raises `CredentialsError` for what is no address, one that holds a password, and plain http to another machine
        unless `allow_plain_http`.
        """
        stripped = text.strip()
        parts = _split(stripped if "://" in stripped else f"//{stripped}", stripped)
        scheme = parts.scheme or ("http" if is_loopback(parts.hostname or "") else "https")
        if scheme not in _PORTS or not parts.hostname:
            raise _unreadable(stripped)
        if parts.username is not None or parts.password is not None:
            raise CredentialsError("The gateway's address holds a user or password; leave it out and use a token.")
        if scheme == "http" and not allow_plain_http and not is_loopback(parts.hostname):
            raise CredentialsError(
                f"Plain http to {_display(parts.hostname)} would show the token to the network; write https:// or "
                "allow "
                "it with --allow-plain-http."
            )
        path = parts.path.rstrip("/").removesuffix("/api")
        return GatewayUrl(scheme, parts.hostname, _port(parts, stripped) or _PORTS[scheme], path)

    @property
    def origin(self) -> str:
        """Scheme, host and port where it is not the usual one: `https://gateway.example.com`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def base(self) -> str:
        """The `api_url` itself."""
        return self.origin + self.path

    @property
    def api(self) -> str:
        """Where the routes are."""
        return f"{self.base}/api"

    @property
    def is_plain_loopback(self) -> bool:
        """Whether this is unencrypted and on this machine: such requests must not leave it through a proxy."""
        return self.scheme == "http" and is_loopback(self.host)

    def __str__(self) -> str:
        return _display(self.base)


def is_loopback(host: str) -> bool:
    """Return True for `localhost`, 127.0.0.0/8 and ::1.

    Other names, also those below `.localhost`, are resolved by DNS on some systems and may lead anywhere.
    """
    name = host.rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _split(text: str, said: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _unreadable(said) from None
    if parts.query or parts.fragment or any(c.isspace() or not c.isprintable() for c in text):
        raise _unreadable(said)
    return parts


def _port(parts: SplitResult, said: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise _unreadable(said) from None


def _unreadable(text: str) -> CredentialsError:
    # Whatever stands before an @ may be a password.
    return CredentialsError(f"'{_display(text.rpartition('@')[2])}' is not a gateway's address; write https://HOST.")


def _display(text: str) -> str:
    return truncate(sanitize(text), 80)
