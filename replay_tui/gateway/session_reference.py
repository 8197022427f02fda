"""Session references on the command line: a session's id, or the URL of its page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from replay_tui.domain.text import sanitize, truncate
from replay_tui.gateway.errors import CredentialsError, NotFound
from replay_tui.gateway.gateway_url import GatewayUrl

_PAGE_PATH = re.compile(r"/sessions/(?P<id>[0-9A-Za-z][0-9A-Za-z._:-]{0,127})(?:[/?#]|$)")


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
            f"That page is on {there}, the configured gateway is {address}; use --api-url {there} if you trust it."
        )
    return found["id"]
