"""Answers that come packed although they were asked for plain: one layer of gzip is unpacked in bounded pieces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

PIECE_BYTES = 1 << 20
"""Bytes unpacked at a time. httpx unpacks whatever a network read brings at once: a gibibyte from some kilobytes."""


class DecompressedStream(httpx.SyncByteStream):
    """The plain bytes of a gzipped body, at most `PIECE_BYTES` at a time. Raises `httpx.DecodingError` for what is
    none."""

    def __init__(self, inner: httpx.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        unpack, begun = zlib.decompressobj(wbits=31), False
        for chunk in self._inner:
            rest = chunk
            while rest:
                if unpack.eof:  # the next member of the same file
                    unpack = zlib.decompressobj(wbits=31)
                begun = True
                try:
                    piece = unpack.decompress(rest, PIECE_BYTES)
                except zlib.error:
                    raise httpx.DecodingError("it is not the gzip that it says it is") from None
                rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
                if piece:
                    yield piece
        if begun and not unpack.eof:
            raise httpx.DecodingError("its gzip ends in the middle")

    def close(self) -> None:
        self._inner.close()


def decompress_response(response: httpx.Response) -> str:
    """See to it that reading the body gives plain bytes; the encoding's name where that cannot be done, else nothing.

    The body of an error is then empty: its status says enough.
    """
    encoding = str(response.headers.pop("content-encoding", "")).strip().lower()
    if encoding in ("", "identity") or not isinstance(response.stream, httpx.SyncByteStream):
        return ""
    response.headers.pop("content-length", None)  # it counts the packed bytes
    if encoding in ("gzip", "x-gzip"):
        response.stream = DecompressedStream(response.stream)
        return ""
    response.close()
    if response.is_success:
        return encoding
    response.stream, response.is_closed = httpx.ByteStream(b""), False
    return ""
