"""Bytes in chunks from files, pipes and compressed data, with how much was read and what was wrong on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

READ_BYTES = 1 << 18
"""Bytes of one read."""
MAX_DECOMPRESSED_BYTES = 2 << 30
"""Bytes after decompression where reading stops: ten times the largest answer a gateway gives."""
_COMPRESSED_PIECE_BYTES = 16 * 1024
"""Compressed bytes unpacked at once."""
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class ChunkReader:
    """Chunks of a source, unpacked if they are gzip data (told by their first bytes, several members allowed).

    Attributes: `read` (bytes taken from the source, as stored), `notes` (code and message of what went wrong; the
    chunks then simply end).
    """

    chunks: Iterable[bytes]
    max_decompressed_bytes: int = MAX_DECOMPRESSED_BYTES
    bytes_read: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)

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
            self.notes.append(("input-cut", f"reading failed in the middle ({reason}); what came before is shown"))

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
                self.notes.append(("bad-gzip", "the compressed data is damaged; what came before the damage is shown"))
                return
            total += len(data)
            if total > self.max_decompressed_bytes:
                self.notes.append(
                    ("too-large", f"the source unpacks to over {self.max_decompressed_bytes >> 20} MiB; cut there")
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
                        self.notes.append(("trailing-data", "bytes follow the end of the compressed data"))
                    return
                unpacker = zlib.decompressobj(wbits=31)
            elif not pending and not data:
                chunk = next(source, None)
                if chunk is None:
                    self.notes.append(("input-cut", "the compressed data ends in the middle; the rest is missing"))
                    return
                pending = chunk


def _decompress_until_error(unpacker: zlib._Decompress, piece: bytes) -> bytes:
    """What a damaged piece still unpacks to: a failing call returns nothing of what it had unpacked already."""
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
    """Chunks of an open binary file or pipe, as soon as a pipe has any. Raises `OSError`."""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(size):
        yield chunk
