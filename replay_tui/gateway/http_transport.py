"""HTTP transport to one gateway: sends the token to its origin only, and maps every failure to a `GatewayError`.

The TLS context accepts the authorities of the system and of certifi, and one configured by the user.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import certifi
import httpx
from msgspec import Struct

from replay_tui import __version__
from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.connection_control import FAILURES, ConnectionTracker, map_httpx_error, total_timeout
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.errors import (
    CredentialsError,
    InvalidResponse,
    RedirectRefused,
    error_for_status,
    sanitize_server_message,
)
from replay_tui.gateway.gateway_clock import GatewayClock
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.request import Params, Request, Timeouts
from replay_tui.gateway.response_body import INVALID_JSON, decompress_response, error_message, parse_json
from replay_tui.gateway.retry import RetryPolicy, read_retry_after
from replay_tui.gateway.token_auth import TokenAuth, TokenRenewal

MAX_JSON_BYTES = 64 << 20
"""Bytes of a JSON response that is read as a whole (a session without its stream, a page of the list)."""
MAX_REDIRECTS = 5
LOCATION_EXTENSION = "replay_tui.location"

# httpx logs every URL at level INFO, and a download link works without a password.
logging.getLogger("httpx").setLevel(logging.WARNING)


class _Channel(Struct, frozen=True):
    """HTTP client with the timeouts and the connections of one request."""

    client: httpx.Client
    timeout: httpx.Timeout
    connections: ConnectionTracker


def _keep_location(response: httpx.Response) -> None:
    """Move a redirect's target out of the headers: httpx parses it even if it does not follow redirects, and reports an
    invalid target as a broken connection."""
    if response.has_redirect_location:
        response.extensions[LOCATION_EXTENSION] = response.headers.pop("location")


class HttpTransport:
    """Sender of requests to one gateway. Safe to use from several threads."""

    def __init__(
        self, credentials: Credentials, retry: RetryPolicy, timeouts: Timeouts, renewal: TokenRenewal | None = None
    ) -> None:
        self.address = credentials.address
        self.retry = retry
        self.timeouts = timeouts
        self.clock = GatewayClock()
        self._auth = TokenAuth(credentials, renewal)
        # Loading the authorities takes 0.1 s; plain http to this machine needs none.
        self._verify: ssl.SSLContext | bool = not credentials.address.is_plain_loopback and make_context(
            credentials.tls_ca, skip_verify=credentials.skip_tls_verify
        )
        self._shared_client, self._shared_connections = self._client(), ConnectionTracker()

    def close(self) -> None:
        """Close idle connections."""
        self._shared_client.close()

    @contextmanager
    def stream(
        self,
        request: Request,
        read_timeout: float,
        cancel: CancelToken,
        *,
        left: float | None = None,
        small: bool = False,
    ) -> Iterator[httpx.Response]:
        """Yield a successful response with an unread body, over a connection of its own, which `cancel` closes.

        `read_timeout` and `left`, the limit of the time to connect, are in seconds. `Timeouts.whole` limits the time of
        the headers, for a `small` response also of the body. Raises `GatewayError`.
        """
        connections = ConnectionTracker()
        limit = max(self.timeouts.whole, read_timeout)
        with (
            cancel.on_cancel(connections.close),
            self._client() as client,
            total_timeout(limit, connections.close, self.address) as disarm,
        ):
            response = self._follow(_Channel(client, self._timeout(read_timeout, left), connections), request)
            try:
                if not small:
                    disarm()
                yield response
            finally:
                response.close()

    def json(self, request: Request, cancel: CancelToken | None = None, *, retry: RetryPolicy | None = None) -> Any:
        """Return the JSON value of a response to a read request, with retries. Raises `GatewayError`, `Cancelled`.

        With `cancel` the request uses a connection of its own, which can be closed; otherwise connections are reused.
        """

        def attempt(left: float) -> Any:
            if cancel is not None:
                with self.stream(request, self.timeouts.read, cancel, left=left, small=True) as response:
                    return self._read_json(response, cancel)
            channel = _Channel(self._shared_client, self._timeout(self.timeouts.read, left), self._shared_connections)
            with total_timeout(self.timeouts.whole, self._shared_connections.shut_down, self.address):
                response = self._follow(channel, request)
                try:
                    return self._read_json(response, CancelToken())
                finally:
                    response.close()

        return (retry or self.retry).run(attempt, cancel or CancelToken())

    def send_once(self, request: Request) -> tuple[int, Any]:
        """Send a change without retries. Return the HTTP status and the JSON value, None for status 204.

        Raises `GatewayError`.
        """
        cancel = CancelToken()
        with self.stream(request, self.timeouts.change, cancel, small=True) as response:
            return response.status_code, None if response.status_code == 204 else self._read_json(response, cancel)

    def chunks(self, response: httpx.Response, cancel: CancelToken) -> Iterator[bytes]:
        """Yield the body as it arrives. Raises `GatewayError`, mostly `IncompleteResponse` or `RequestTimeout`, and
        `Cancelled`.
        """
        pieces = response.iter_bytes()
        while True:
            failure: GatewayError | None = None
            chunk = b""
            try:
                chunk = next(pieces, b"")
            except FAILURES as error:
                failure = map_httpx_error(error, self.address)
            cancel.raise_if_cancelled()
            if failure is not None:
                raise failure
            if not chunk:
                return
            yield chunk

    def _client(self) -> httpx.Client:
        failure = ""
        try:
            return httpx.Client(
                verify=self._verify,
                follow_redirects=False,
                # A proxy must not receive unencrypted requests to this machine.
                trust_env=not self.address.is_plain_loopback,
                event_hooks={"response": [_keep_location]},
                headers={"User-Agent": f"replay-tui/{__version__}", "Accept-Encoding": "identity"},
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            failure = sanitize_server_message(error)
        raise CredentialsError(f"The proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY cannot be used ({failure}).")

    def _timeout(self, read: float, left: float | None) -> httpx.Timeout:
        connect = self.timeouts.connect if left is None else min(left, self.timeouts.connect)
        return httpx.Timeout(connect=connect, read=read, write=read, pool=connect)

    def _follow(self, channel: _Channel, request: Request) -> httpx.Response:
        url = request.path if "://" in request.path else f"{self.address.api}{request.path}"
        params = request.params
        for _ in range(MAX_REDIRECTS):
            response = self._send(channel, request, url, params)
            if response.is_success:
                return response
            try:
                if LOCATION_EXTENSION not in response.extensions:
                    self._fail(response)
                url, params = self._next(response, request), None
            finally:
                response.close()
        raise RedirectRefused(
            f"The gateway at {self.address} redirects more than {MAX_REDIRECTS} times; check its address."
        )

    def _send(self, channel: _Channel, request: Request, url: str, params: Params | None) -> httpx.Response:
        """Return the response; after a 401 the request is sent once more if the user has logged in again meanwhile."""
        used = self._auth.credentials
        response = self._send_with_token(channel, request, url, params)
        if response.status_code == 401 and request.with_token and self._auth.reload(used):
            response.close()
            response = self._send_with_token(channel, request, url, params)
        return response

    def _send_with_token(self, channel: _Channel, request: Request, url: str, params: Params | None) -> httpx.Response:
        failure = None
        try:
            http_request = channel.client.build_request(
                request.method,
                url,
                params=dict(params) if params else None,
                json=request.body,
                headers={"Accept": request.accept},
                timeout=channel.timeout,
                extensions={"trace": channel.connections.trace},
            )
            response = channel.client.send(http_request, stream=True, auth=self._auth if request.with_token else None)
        except FAILURES as error:
            failure = map_httpx_error(error, self.address)
        # Raised outside the handler: the context would keep the exception of httpx, whose request holds the token.
        if failure is not None:
            raise failure
        self.clock.observe(response.headers.get("date"))
        if request.with_token:
            self._auth.accept_new_token(response)
        if encoding := decompress_response(response):
            raise InvalidResponse(
                f"{self.address} sent the unsupported encoding {sanitize_server_message(encoding)}; "
                "the response was not read."
            )
        return response

    def _next(self, response: httpx.Response, request: Request) -> str:
        failure = None
        try:
            target = response.url.join(response.extensions[LOCATION_EXTENSION])
            there = GatewayUrl.parse(str(target.copy_with(raw_path=b"/")), allow_plain_http=True)
        except (ValueError, httpx.InvalidURL, CredentialsError):
            failure = RedirectRefused(f"The gateway at {self.address} redirects to an invalid address.")
        if failure is not None:
            raise failure
        here = self.address
        if there.origin != here.origin:
            raise RedirectRefused(
                f"The gateway at {here} redirects to {there}, where the token was not sent; "
                f"if that is its address, use --api-url {there.origin}."
            )
        if request.method != "GET" and response.status_code not in (307, 308):
            raise RedirectRefused(f"The gateway at {here} redirects this change to {there}; nothing was changed.")
        return str(target)

    def _fail(self, response: httpx.Response) -> NoReturn:
        message = self._auth.redact(sanitize_server_message(error_message(response)))
        raise error_for_status(response.status_code, message, read_retry_after(response.headers.get("retry-after")))

    def _read_json(self, response: httpx.Response, cancel: CancelToken) -> Any:
        self.expect(response, "json", "JSON")
        value = parse_json(self._read_body(response, cancel))
        if value is INVALID_JSON:
            raise InvalidResponse(f"{self.address} did not respond with JSON; check that it is a Hoop gateway.")
        return value

    def _read_body(self, response: httpx.Response, cancel: CancelToken) -> bytearray:
        body = bytearray()
        for chunk in self.chunks(response, cancel):
            body += chunk
            if len(body) > MAX_JSON_BYTES:
                raise InvalidResponse(
                    f"The response of {self.address} is larger than {MAX_JSON_BYTES >> 20} MiB; it was not read."
                )
        return body

    def expect(self, response: httpx.Response, kind: str, name: str) -> None:
        """Raise `InvalidResponse` unless the content type contains `kind` or is missing."""
        found = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if found and kind not in found:
            raise InvalidResponse(
                f"{self.address} responded with {sanitize_server_message(found)} instead of {name}; "
                "check that it is a Hoop gateway."
            )


def make_context(tls_ca: str | None, *, skip_verify: bool = False) -> ssl.SSLContext:
    """Return a client context. `tls_ca` is PEM text, added to the default authorities.

    Raises `CredentialsError` if it is not a certificate.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if tls_ca:
        try:
            context.load_verify_locations(cadata=tls_ca)
        except (ssl.SSLError, ValueError):
            raise CredentialsError("The configured certificate authority (tls_ca) is not a certificate.") from None
    if skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
