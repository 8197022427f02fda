"""Bounded decompression of gzip responses, which a proxy may send although `identity` was requested."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

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
