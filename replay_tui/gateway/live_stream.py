"""Live events of a running session: Server-Sent Events with bounded sizes and times relative to the session's start."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError
from msgspec import Struct

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.connection_control import FAILURES, map_httpx_error
from replay_tui.gateway.errors import IncompleteResponse, InvalidResponse

MAX_MESSAGE_BYTES = 32 << 20
"""Bytes of one message; events of the gateway have a few KiB."""


class LiveEvent(Struct, frozen=True):
    """Event of a running session. `time` is in seconds since the session's start, None if missing or invalid."""

    time: float | None
    kind: str
    data: bytes


class LiveSessionEnd:
    """End of the session; no event follows."""


class _BoundedStream(httpx.SyncByteStream):
    """Response body that reports each received chunk and limits the size of a message.

    Iteration raises `InvalidResponse` above `MAX_MESSAGE_BYTES`.
    """

    def __init__(self, inner: httpx.SyncByteStream, on_chunk: Callable[[], None]) -> None:
        self._inner = inner
        self._on_chunk = on_chunk

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            self._on_chunk()
            ended = max(chunk.rfind(b"\n\n"), chunk.rfind(b"\r\n\r\n"))
            size = len(chunk) - ended if ended >= 0 else size + len(chunk)
            if size > MAX_MESSAGE_BYTES:
                raise InvalidResponse(
                    f"The gateway sent a live event above {MAX_MESSAGE_BYTES >> 20} MiB; following stopped."
                )
            yield chunk

    def close(self) -> None:
        self._inner.close()


@contextmanager
def subscription(
    client: GatewayClient, session_id: str, cancel: CancelToken, on_chunk: Callable[[], None]
) -> Iterator[Iterator[ServerSentEvent]]:
    """Subscribe to a session's events and yield an iterator of messages. `on_chunk` is called for keep-alives too.

    The gateway sends events that happen after this context is entered. Entering and iterating raise `GatewayError` and
    `Cancelled`.
    """
    transport = client.transport
    with transport.stream(client.read.live_request(session_id), transport.timeouts.live, cancel) as response:
        transport.expect(response, "text/event-stream", "live events")
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _BoundedStream(response.stream, on_chunk)
        yield _messages(client, response, cancel)


def _messages(client: GatewayClient, response: httpx.Response, cancel: CancelToken) -> Iterator[ServerSentEvent]:
    source = EventSource(response).iter_sse()
    while True:
        failure: GatewayError | None = None
        message: ServerSentEvent | None = None
        try:
            message = next(source, None)
        except FAILURES as error:
            failure = map_httpx_error(error, client.transport.address)
        except SSEError:
            failure = InvalidResponse("The gateway sent invalid live events.")
        cancel.raise_if_cancelled()
        if failure is not None:
            raise failure
        if message is None:
            raise IncompleteResponse("The live connection ended; reconnecting.")
        yield message


def parse_message(message: ServerSentEvent, start: datetime | None) -> LiveEvent | LiveSessionEnd | None:
    """Return the event of a message, None if its type is unknown or its data invalid."""
    if message.event == "session_end":
        return LiveSessionEnd()
    if message.event not in ("event", "message", ""):
        return None
    try:
        value = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("payload"), str):
        return None
    try:
        data = base64.b64decode(value["payload"], validate=True)
    except (binascii.Error, ValueError):
        return None
    return LiveEvent(_seconds(value.get("time"), start), str(value.get("type") or "?")[:16], data)


def _seconds(value: Any, start: datetime | None) -> float | None:
    if not isinstance(value, str) or start is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - start).total_seconds()
    except (ValueError, OverflowError):
        return None
