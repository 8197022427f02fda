"""Chunk reader for files, pipes and gzip data, which counts the bytes read and collects read errors as warnings.

`ByteBuffer` is a sliding buffer over the bytes: filled from chunks on demand, consumed at its start after decoding.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct, field

READ_BYTES = 1 << 18
"""Size of one read."""
MAX_DECOMPRESSED_BYTES = 2 << 30
"""Limit of the decompressed size: ten times the largest gateway response."""
_COMPRESSED_PIECE_BYTES = 16 * 1024
"""Compressed bytes passed to the decompressor at once."""
_GZIP = b"\x1f\x8b"


class ChunkReader(Struct):
    """Chunks of a source, decompressed if its first bytes are a gzip header. Several gzip members are allowed.

    Attributes:
        bytes_read: bytes read from the source (compressed bytes of gzip data).
        errors: (code, message) of each error; the iteration ends at an error.
    """

    chunks: Iterable[bytes]
    max_decompressed_bytes: int = MAX_DECOMPRESSED_BYTES
    bytes_read: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[bytes]:
        source = self._counted()
        head = b""
        while len(head) < 2 and (chunk := next(source, None)) is not None:
            head += chunk
        if head.startswith(_GZIP):
            yield from self._decompressed(head, source)
        else:
            yield head
            yield from source

    def _counted(self) -> Iterator[bytes]:
        try:
            for chunk in self.chunks:
                self.bytes_read += len(chunk)
                yield chunk
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.errors.append(("input-cut", f"reading failed ({reason}); only the part before the error is shown"))

    def _decompressed(self, head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
        total = 0
        unpacker = zlib.decompressobj(wbits=31)
        pending = head
        while True:
            before = unpacker.copy()
            piece, rest = pending[:_COMPRESSED_PIECE_BYTES], pending[_COMPRESSED_PIECE_BYTES:]
            try:
                data = unpacker.decompress(piece, READ_BYTES)
            except zlib.error:
                yield _decompress_until_error(before, piece)
                self.errors.append(("bad-gzip", "the compressed data is damaged; the rest is skipped"))
                return
            total += len(data)
            if total > self.max_decompressed_bytes:
                self.errors.append(
                    (
                        "too-large",
                        f"the source exceeds {self.max_decompressed_bytes >> 20} MiB decompressed; the rest is skipped",
                    )
                )
                yield data[: self.max_decompressed_bytes - total]
                return
            yield data
            pending = unpacker.unconsumed_tail + rest
            if unpacker.eof:
                pending = (unpacker.unused_data + rest).lstrip(b"\0")
                while len(pending) < 2 and (chunk := next(source, None)) is not None:
                    pending = (pending + chunk).lstrip(b"\0")
                if not pending.startswith(_GZIP):
                    if pending:
                        self.errors.append(("trailing-data", "data after the end of the compressed data is skipped"))
                    return
                unpacker = zlib.decompressobj(wbits=31)
            elif not pending and not data:
                chunk = next(source, None)
                if chunk is None:
                    self.errors.append(("input-cut", "the compressed data is incomplete; its end is missing"))
                    return
                pending = chunk


def _decompress_until_error(unpacker: zlib._Decompress, piece: bytes) -> bytes:
    """Decompress a damaged piece byte by byte up to the error, because a failing call returns no data at all."""
    unpacked = bytearray()
    try:
        for byte in piece:
            unpacked += unpacker.decompress(bytes((byte,)))
            if len(unpacked) > READ_BYTES:
                break
    except zlib.error:
        pass
    return bytes(unpacked)


def file_chunks(stream: BinaryIO, size: int = READ_BYTES) -> Iterator[bytes]:
    """Iterate over chunks of an open binary file or pipe, without waiting for full chunks. Raises `OSError`."""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(size):
        yield chunk


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


class BufferFile:
    """File object over a buffer, for libraries that read from files."""

    def __init__(self, window: ByteBuffer) -> None:
        self._window = window

    def read(self, size: int = READ_BYTES, /) -> bytes:
        """Return up to `size` bytes, fewer at the end of the source only."""
        self._window.fill(size)
        return self._window.take(min(size, len(self._window.buf)))
