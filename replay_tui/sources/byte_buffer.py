"""A window onto a source's bytes: pulled in at its end on demand, dropped at its start once decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MAX_BYTES = 1 << 30
"""Bytes that a window may hold at once, which is what one value may take: ten times a whole recording."""


class ByteBuffer:
    """The bytes between what has been decoded and what has been pulled from `chunks`.

    Attributes: `buf` (the bytes; readers index into it, and must not keep a view while they pull), `base` (how many
    bytes were dropped before `buf[0]`), `done` (True once the chunks ran out), `overfull` (True if one value was too
    large to go on).
    """

    __slots__ = ("_chunks", "base", "buf", "done", "limit_exceeded")

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self.buf = bytearray()
        self.base = 0
        self.done = False
        self.limit_exceeded = False

    def read_more(self) -> bool:
        """Pull one chunk; False if there is none left."""
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
        """Pull until `buf` holds `length` bytes; False if the source ends before."""
        while len(self.buf) < length:
            if not self.read_more():
                return False
        return True

    def take(self, length: int) -> bytes:
        """A copy of the first `length` bytes, which are dropped."""
        with memoryview(self.buf) as view:
            taken = bytes(view[:length])
        self.consume(length)
        return taken

    def consume(self, count: int) -> None:
        """Forget the first `count` bytes."""
        if count:
            del self.buf[:count]
            self.base += count
