"""Addresses: the gateway's origin, validated before a token is sent to it, and the id or page URL of a session."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.gateway.errors import CredentialsError, NotFound

_DEFAULT_PORTS = {"http": 80, "https": 443}


class GatewayUrl(Struct, frozen=True):
    """Parsed `api_url` of a gateway. The API routes are below `api`."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @staticmethod
    def parse(text: str, *, allow_plain_http: bool = False) -> GatewayUrl:
        """Parse an address. The default scheme is https, for loopback hosts http.

        Raises `CredentialsError` if `text` is not an address or holds a user or password, or if it is plain http to
        another machine and `allow_plain_http` is False.
        """
        stripped = text.strip()
        parts = _split(stripped if "://" in stripped else f"//{stripped}", stripped)
        scheme = parts.scheme or ("http" if is_loopback(parts.hostname or "") else "https")
        if scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise _invalid_address(stripped)
        if parts.username is not None or parts.password is not None:
            raise CredentialsError("The gateway's address holds a user or password; remove it and use a token.")
        if scheme == "http" and not allow_plain_http and not is_loopback(parts.hostname):
            raise CredentialsError(
                f"Plain http to {_display(parts.hostname)} would show the token to the network; write https:// or "
                "allow it with --allow-plain-http."
            )
        path = parts.path.rstrip("/").removesuffix("/api")
        return GatewayUrl(scheme, parts.hostname, _port(parts, stripped) or _DEFAULT_PORTS[scheme], path)

    @property
    def origin(self) -> str:
        """Scheme, host, and port unless it is the default: `https://gateway.example.com`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def base(self) -> str:
        """The `api_url` without trailing slash."""
        return self.origin + self.path

    @property
    def api(self) -> str:
        """URL prefix of the API routes."""
        return f"{self.base}/api"

    @property
    def is_plain_loopback(self) -> bool:
        """True for plain http to this machine. Such requests must not leave it through a proxy."""
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


def _split(text: str, original: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _invalid_address(original) from None
    if parts.query or parts.fragment or any(c.isspace() or not c.isprintable() for c in text):
        raise _invalid_address(original)
    return parts


def _port(parts: SplitResult, original: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise _invalid_address(original) from None


def _invalid_address(text: str) -> CredentialsError:
    # Text before an @ may be a password.
    return CredentialsError(f"'{_display(text.rpartition('@')[2])}' is not a gateway's address; write https://HOST.")


def _display(text: str) -> str:
    return truncate(sanitize(text), 80)


_PAGE_PATH = lazy_compile(r"/sessions/(?P<id>[0-9A-Za-z][0-9A-Za-z._:-]{0,127})(?:[/?#]|$)")


def page_address(text: str) -> GatewayUrl | None:
    """Return the address of the gateway of a session's page, None if `text` is not the URL of one."""
    found = _PAGE_PATH.search(text) if "://" in text else None
    if not found:
        return None
    try:
        return GatewayUrl.parse(text[: found.start()], allow_plain_http=True)
    except CredentialsError:
        return None


def session_id_of(text: str, address: GatewayUrl) -> str:
    """Return the session id in `text`.

    Raises `NotFound` if the URL is not a session's page, `CredentialsError` if it belongs to another gateway, which
    must not receive the token.
    """
    if "://" not in text:
        return text
    found = _PAGE_PATH.search(text)
    if not found:
        raise NotFound(f"'{truncate(sanitize(text), 80)}' is not the address of a session's page.", 404)
    parts = urlsplit(text)
    there = GatewayUrl.parse(f"{parts.scheme}://{parts.netloc}", allow_plain_http=True)
    if there.origin != address.origin:
        raise CredentialsError(
            f"That page is on {there}, for which no token is configured; the configured gateway is {address}. If you "
            f"trust {there}, run `replay-tui login --api-url {there}`."
        )
    return found["id"]
