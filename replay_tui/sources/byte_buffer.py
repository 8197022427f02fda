"""Sliding buffer over a source's bytes: filled from chunks on demand, consumed at its start after decoding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MAX_BYTES = 1 << 30
"""Limit of the buffer, and thereby of one JSON value: ten times the size of a large recording."""


class ByteBuffer:
    """Bytes that were read from `chunks` and not yet decoded.

    Attributes:
        buf: the bytes. Readers index into it and must not hold a view while the buffer is filled.
        base: number of bytes consumed before `buf[0]`.
        done: True after the last chunk.
        limit_exceeded: True if reading stopped at `MAX_BYTES`.
    """

    __slots__ = ("_chunks", "base", "buf", "done", "limit_exceeded")

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self.buf = bytearray()
        self.base = 0
        self.done = False
        self.limit_exceeded = False

    def read_more(self) -> bool:
        """Append the next chunk; return False at the end of the source."""
        if len(self.buf) > MAX_BYTES:
            self.done = self.limit_exceeded = True
        while not self.done:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.done = True
            elif chunk:
                self.buf += chunk
                return True
        return False

    def fill(self, length: int) -> bool:
        """Append chunks until `buf` has `length` bytes; return False if the source ends first."""
        while len(self.buf) < length:
            if not self.read_more():
                return False
        return True

    def take(self, length: int) -> bytes:
        """Consume the first `length` bytes and return a copy of them."""
        with memoryview(self.buf) as view:
            taken = bytes(view[:length])
        self.consume(length)
        return taken

    def consume(self, count: int) -> None:
        """Drop the first `count` bytes."""
        if count:
            del self.buf[:count]
            self.base += count
