"""Response bodies: JSON values, the error messages of the server, and bounded decompression.

A proxy may send gzip although `identity` was requested.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx

from replay_tui.gateway.connection_control import FAILURES

MAX_ERROR_BYTES = 64 << 10
ERROR_BODY_TIMEOUT_SECONDS = 5.0
"""Time limit for an error body that arrives slowly; the status alone is sufficient."""
INVALID_JSON = object()
"""Result of `parse_json` for invalid JSON; None is a valid value."""


def parse_json(body: bytes | bytearray) -> Any:
    """Return the JSON value, None for an empty body, `INVALID_JSON` if it cannot be parsed.

    Never raises: the traceback would hold the body.
    """
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return INVALID_JSON


def error_message(response: httpx.Response) -> str:
    """Return the server's message in an error response, an empty string if it has none."""
    body, start = b"", time.monotonic()
    try:
        for chunk in response.iter_bytes():
            body += chunk[: MAX_ERROR_BYTES - len(body)]
            if len(body) >= MAX_ERROR_BYTES or time.monotonic() - start > ERROR_BODY_TIMEOUT_SECONDS:
                break
    except FAILURES:
        pass  # the status alone is sufficient
    value = parse_json(body)
    if value is INVALID_JSON and response.headers.get("content-type", "").startswith("text/plain"):
        return body.decode(errors="replace")
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""


MAX_PIECE_BYTES = 1 << 20
"""Decompressed bytes at a time. httpx decompresses a whole network read at once: up to 1 GiB from a few KiB."""


class DecompressedStream(httpx.SyncByteStream):
    """Decompressed bytes of a gzip body, at most `MAX_PIECE_BYTES` at a time.

    Iteration raises `httpx.DecodingError` if the body is not gzip or is truncated.
    """

    def __init__(self, inner: httpx.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        decompressor, has_data = zlib.decompressobj(wbits=31), False
        for chunk in self._inner:
            rest = chunk
            while rest:
                if decompressor.eof:  # next gzip member
                    decompressor = zlib.decompressobj(wbits=31)
                has_data = True
                try:
                    piece = decompressor.decompress(rest, MAX_PIECE_BYTES)
                except zlib.error:
                    raise httpx.DecodingError("invalid gzip data") from None
                rest = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
                if piece:
                    yield piece
        if has_data and not decompressor.eof:
            raise httpx.DecodingError("truncated gzip data")

    def close(self) -> None:
        self._inner.close()


def decompress_response(response: httpx.Response) -> str:
    """Make reading the body return decompressed bytes. Return the encoding's name if it is not supported, else "".

    For an error response with an unsupported encoding the body becomes empty: the status alone is sufficient.
    """
    encoding = str(response.headers.pop("content-encoding", "")).strip().lower()
    if encoding in ("", "identity") or not isinstance(response.stream, httpx.SyncByteStream):
        return ""
    response.headers.pop("content-length", None)  # counts the compressed bytes
    if encoding in ("gzip", "x-gzip"):
        response.stream = DecompressedStream(response.stream)
        return ""
    response.close()
    if response.is_success:
        return encoding
    response.stream, response.is_closed = httpx.ByteStream(b""), False
    return ""
