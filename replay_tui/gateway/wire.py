"""What httpx reports as exceptions, told as this package's failures; and a handle to end a read from another thread."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx

from replay_tui.domain.errors import GatewayFailure
from replay_tui.domain.text import clean, shorten
from replay_tui.gateway.address import Address
from replay_tui.gateway.errors import CutOff, TimedOut, TlsFailed, Unreachable, WrongAnswer

FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)
"""What sending a request or reading an answer may raise."""


class Wire:
    """The connection of one request. `trace` is given to httpx; `shut` ends whatever waits on it."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._given_up = False

    def trace(self, _name: str, info: dict[str, Any]) -> None:
        """Note the network stream when a connection (or its TLS) is made."""
        stream = info.get("return_value")
        if hasattr(stream, "get_extra_info"):
            self._stream = stream
            if self._given_up:  # while the connection was being made
                self.shut()

    def shut(self) -> None:
        """Shut the socket down: a thread that reads from it gets an end of file at once. Closing would not wake it."""
        self._given_up = True
        sock = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def failure_of(error: BaseException, address: Address) -> GatewayFailure:
    """The failure to raise for an exception of httpx. Holds no request: a request holds the token."""
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"The gateway at {address} did not answer in time; check the network and try again.")
    tls = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and isinstance(error, (httpx.ConnectError, ssl.SSLError)):
        return _tls_failure(tls, address)
    if isinstance(error, (httpx.ProxyError, httpx.ConnectError, httpx.UnsupportedProtocol)):
        return _unreachable(error, address)
    if isinstance(error, (httpx.LocalProtocolError, httpx.DecodingError, httpx.InvalidURL)):
        return WrongAnswer(f"The answer of {address} cannot be read ({_reason(error)}).")
    if isinstance(error, (httpx.TransportError, httpx.StreamError, OSError)):
        return CutOff(f"The connection to {address} ended in the middle of the answer; try again.")
    return WrongAnswer(f"The answer of {address} cannot be read.")


def _tls_failure(error: ssl.SSLError, address: Address) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = shorten(clean(error.verify_message or "certificate not accepted"), 120)
        return TlsFailed(
            f"The certificate of {address} is not trusted ({reason}); set HOOP_TLSCA or tls_ca to its authority."
        )
    if "WRONG_VERSION_NUMBER" in str(error):
        return TlsFailed(f"{address} does not speak TLS; is it an http:// address?")
    return TlsFailed(f"No secure connection to {address} could be made ({_reason(error)}).")


def _unreachable(error: BaseException, address: Address) -> Unreachable:
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
    return shorten(clean(error) or type(error).__name__, 120)
