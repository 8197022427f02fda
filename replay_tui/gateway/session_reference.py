"""Which session is meant: an id, or the address of a session's page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from replay_tui.domain.text import sanitize, truncate
from replay_tui.gateway.errors import CredentialsError, NotFound
from replay_tui.gateway.gateway_url import GatewayUrl

_PAGE = re.compile(r"/sessions/(?P<id>[0-9A-Za-z][0-9A-Za-z._:-]{0,127})(?:[/?#]|$)")
_UUID = re.compile(r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")


def looks_like_session(text: str) -> bool:
    """Whether `text` is a session's id or a page's address, rather than a file."""
    return bool(_UUID.match(text)) or text.startswith(("http://", "https://"))


def session_id_of(text: str, address: GatewayUrl) -> str:
    """The id that `text` names. A page of another host than the configured gateway is refused: it gets no token."""
    if "://" not in text:
        return text
    found = _PAGE.search(text)
    if not found:
        raise NotFound(f"'{truncate(sanitize(text), 80)}' is not the address of a session's page.", 404)
    parts = urlsplit(text)
    there = GatewayUrl.parse(f"{parts.scheme}://{parts.netloc}", allow_plain_http=True)
    if there.origin != address.origin:
        raise CredentialsError(
            f"That page is on {there}, the configured gateway is {address}; use --api-url {there} if you trust it."
        )
    return found["id"]
