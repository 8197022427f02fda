"""Token authentication, and the renewal of a token while the program runs.

A token is renewed in two ways: the gateway sends a new one in the header `X-New-Access-Token` of any response, or the
user logs in again after it was rejected.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import replace
from threading import Lock

import httpx
from msgspec import Struct
from pydantic import SecretStr

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.known_secrets import MASK
from replay_tui.gateway.credentials import Credentials, is_token

logger = logging.getLogger(__name__)
NEW_TOKEN_HEADER = "x-new-access-token"
MAX_TOKEN_CHARACTERS = 64 << 10


def _no_credentials() -> None:
    return None


def _keep_nowhere(_credentials: Credentials) -> None:
    return None


class TokenRenewal(Struct, frozen=True):
    """Ways to renew a token: `load` resolves the credentials again, `save` stores those with a token of the gateway.

    `load` returns None or raises `GatewayError` if there are no credentials.
    """

    load: Callable[[], Credentials | None] = _no_credentials
    save: Callable[[Credentials], None] = _keep_nowhere


class TokenAuth(httpx.Auth):
    """Authentication that adds the token to one request, so that no other object holds the header. Thread-safe."""

    def __init__(self, credentials: Credentials, renewal: TokenRenewal | None = None) -> None:
        self.credentials = credentials
        self._former: list[Credentials] = []
        self._renewal = renewal or TokenRenewal()
        self._lock = Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header to the request."""
        request.headers.update([self.credentials.header])
        yield request

    def redact(self, text: str) -> str:
        """Return `text` with each occurrence of a token used so far masked, because a server may echo the request."""
        for credentials in [*self._former, self.credentials]:
            text = credentials.redact(text)
        return text

    def reload(self, rejected: Credentials) -> bool:
        """Load the credentials again after a 401 to `rejected`. Return True if the gateway has another token now."""
        with self._lock:
            if self.credentials is not rejected:
                return True  # another thread did it
            try:
                fresh = self._renewal.load()
            except GatewayError:
                logger.info("Loading the credentials again failed", exc_info=True)
                return False
            if fresh is None or fresh.address != rejected.address or fresh.token == rejected.token:
                return False
            self._use(fresh)
            return True

    def accept_new_token(self, response: httpx.Response) -> None:
        """Use the token in `X-New-Access-Token`, if there is one, from now on, and remove it from the response."""
        value = response.headers.get(NEW_TOKEN_HEADER, "")
        if not value:
            return
        response.headers[NEW_TOKEN_HEADER] = MASK
        token = SecretStr(value)
        if len(value) > MAX_TOKEN_CHARACTERS or not is_token(token):
            logger.warning("The gateway sent an invalid token in %s; it was ignored", NEW_TOKEN_HEADER)
            return
        with self._lock:
            if token == self.credentials.token:
                return
            self._use(replace(self.credentials, token=token))
            try:
                self._renewal.save(self.credentials)
            except GatewayError:
                logger.warning("Storing the new token failed", exc_info=True)

    def _use(self, credentials: Credentials) -> None:
        self._former.append(self.credentials)
        self.credentials = credentials
