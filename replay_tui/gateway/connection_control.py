"""Control over open connections: shutdown from another thread, total time limits, and mapping of httpx errors."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.errors import (
    HttpStatusError,
    IncompleteResponse,
    InvalidResponse,
    RequestTimeout,
    TlsFailed,
    Unreachable,
)
from replay_tui.gateway.gateway_url import GatewayUrl

FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)
"""Exceptions of sending a request or reading a response."""


class ConnectionTracker:
    """Open connections of one client, collected through `trace`, an httpx trace callback."""

    def __init__(self) -> None:
        self._streams: list[Any] = []
        self._closed = False

    def trace(self, _name: str, info: dict[str, Any]) -> None:
        """Record the network stream of a new connection or TLS session."""
        stream = info.get("return_value")
        if hasattr(stream, "get_extra_info"):
            self._streams = [one for one in self._streams if _socket(one) is not None] + [stream]
            if self._closed:  # closed while the connection was being made
                self.shut_down()

    def close(self) -> None:
        """Shut down all connections, including those that are being made."""
        self._closed = True
        self.shut_down()

    def shut_down(self) -> None:
        """Shut down the sockets: a thread blocked in a read gets an end of file. Closing a socket would not wake it."""
        for sock in map(_socket, self._streams):
            if sock is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _socket(stream: Any) -> socket.socket | None:
    sock = stream.get_extra_info("socket")
    return sock if isinstance(sock, socket.socket) and sock.fileno() >= 0 else None


@contextlib.contextmanager
def total_timeout(seconds: float, shut_down: Callable[[], None], address: GatewayUrl) -> Iterator[Callable[[], None]]:
    """Limit the total time of a block to `seconds`. Yields a function that disarms the limit.

    On expiry calls `shut_down` and raises `RequestTimeout`, or an `HttpStatusError` that the block raised. The read
    timeout of httpx does not limit the total time: it restarts with each byte.
    """
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        shut_down()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield timer.cancel
    except GatewayError as failure:
        if not expired.is_set() or isinstance(failure, HttpStatusError):
            raise
    finally:
        timer.cancel()
    if expired.is_set():
        raise _timed_out(address)


def _timed_out(address: GatewayUrl) -> RequestTimeout:
    return RequestTimeout(f"The gateway at {address} did not respond in time; check the network and try again.")


def map_httpx_error(error: BaseException, address: GatewayUrl) -> GatewayError:
    """Return the `GatewayError` for an exception of httpx. It keeps no request, because a request holds the token."""
    if isinstance(error, httpx.TimeoutException):
        return _timed_out(address)
    tls = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and isinstance(error, (httpx.ConnectError, ssl.SSLError)):
        return _tls_failure(tls, address)
    if isinstance(error, (httpx.ProxyError, httpx.ConnectError, httpx.UnsupportedProtocol)):
        return _unreachable(error, address)
    if isinstance(error, (httpx.LocalProtocolError, httpx.DecodingError, httpx.InvalidURL)):
        return InvalidResponse(f"The response of {address} is invalid ({_reason(error)}).")
    if isinstance(error, (httpx.TransportError, httpx.StreamError, OSError)):
        return IncompleteResponse(f"The connection to {address} broke before the end of the response; try again.")
    return InvalidResponse(f"The response of {address} is invalid.")


def _tls_failure(error: ssl.SSLError, address: GatewayUrl) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = truncate(sanitize(error.verify_message or "certificate not accepted"), 120)
        return TlsFailed(
            f"The certificate of {address} is not trusted ({reason}); set HOOP_TLSCA or tls_ca to its authority."
        )
    if "WRONG_VERSION_NUMBER" in str(error):
        return TlsFailed(f"{address} does not speak TLS; is it an http:// address?")
    return TlsFailed(f"No secure connection to {address} could be made ({_reason(error)}).")


def _unreachable(error: BaseException, address: GatewayUrl) -> Unreachable:
    if isinstance(error, httpx.ProxyError):
        return Unreachable(f"The proxy on the way to {address} failed ({_reason(error)}); check HTTPS_PROXY.")
    return Unreachable(f"{address} cannot be reached ({_reason(error)}); check the address and the network.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: BaseException) -> str:
    return truncate(sanitize(error) or type(error).__name__, 120)
