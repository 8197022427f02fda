"""Block file: one session of the library in compressed sections, each with a checksum. Written once, never changed.

A file appears under its name only when it is complete, so that a process can be killed at any moment. It contains
everything that the library knows of the session; the database can be built again from the files.
"""

from __future__ import annotations

import os
import struct
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from replay_tui.domain.errors import UnreadableSource

FORMAT_VERSION = 1
SUFFIX, PARTIAL_SUFFIX = ".block", ".part"
_MAGIC = b"replay-tui block %d\n"
_HEADER = struct.Struct("<4sIII")
_LEVEL = 1
"""Compression level of zlib: the next ones take twice the time for a tenth of the size."""
MAX_SECTION_BYTES = 1 << 30
"""Limit of a section after decompression, so that a damaged or forged file does not exhaust the memory."""

ABOUT, ROWS, TEXT, GRAMS, COLUMNS, TIMES, END = b"abou", b"rows", b"text", b"gram", b"cols", b"time", b"end "
_KINDS = frozenset((ABOUT, ROWS, TEXT, GRAMS, COLUMNS, TIMES, END))


class DamagedBlock(UnreadableSource):
    """Block file that is missing, truncated or changed, or written by a newer version, which `problem` says."""

    def __init__(self, path: Path, reason: str) -> None:
        self.problem = f"block {path.name} is damaged ({reason})"
        super().__init__(f"The library's {self.problem}; run `replay-tui archive repair`.")


class BlockSection(NamedTuple):
    """A section of a block file: its kind, place, length and checksum of its compressed bytes, and size of its content.

    The kind is four characters.
    """

    kind: bytes
    offset: int
    length: int
    checksum: int
    size: int


class Block(NamedTuple):
    """A written block file: its name in the folder, its size in bytes, and its sections."""

    name: str
    size: int
    sections: tuple[BlockSection, ...]


def write_block(folder: Path, sections: Sequence[tuple[bytes, bytes]]) -> Block:
    """Write (kind, content) pairs to a new file in `folder`, mode 0600. Raises `OSError`."""
    name = f"{uuid.uuid4().hex}{SUFFIX}"
    partial = folder / f"{name}{PARTIAL_SUFFIX}"
    written: list[BlockSection] = []
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(_MAGIC % FORMAT_VERSION)
            for kind, content in (*sections, (END, b"")):
                data = zlib.compress(content, _LEVEL)
                checksum = zlib.crc32(data)
                file.write(_HEADER.pack(kind, len(data), len(content), checksum))
                written.append(BlockSection(kind, file.tell(), len(data), checksum, len(content)))
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        partial.rename(folder / name)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return Block(name, size, tuple(written))


def read_sections(path: Path, sections: Sequence[BlockSection]) -> list[bytes]:
    """Return the contents of sections of one file. Raises `DamagedBlock`."""
    try:
        with path.open("rb") as file:
            return [_content(file.fileno(), path, section) for section in sections]
    except OSError as error:
        raise DamagedBlock(path, (error.strerror or "unreadable").lower()) from None


def list_sections(path: Path) -> tuple[BlockSection, ...]:
    """Return the sections of a complete block file, without reading their contents. Raises `DamagedBlock`."""
    return tuple(_iter_sections(path))


def _iter_sections(path: Path) -> Iterator[BlockSection]:
    try:
        with path.open("rb") as file:
            magic = file.readline(64)
            if magic != _MAGIC % FORMAT_VERSION:
                newer = magic.startswith(_MAGIC.partition(b"%")[0])
                raise DamagedBlock(path, "written by a newer version" if newer else "not a block file")
            size = os.fstat(file.fileno()).st_size
            while True:
                header = file.read(_HEADER.size)
                if len(header) < _HEADER.size:
                    raise DamagedBlock(path, "truncated")
                kind, length, content, checksum = _HEADER.unpack(header)
                offset = file.tell()
                if kind not in _KINDS or offset + length > size:
                    raise DamagedBlock(path, "truncated or changed")
                yield BlockSection(kind, offset, length, checksum, content)
                if kind == END:
                    return
                file.seek(length, os.SEEK_CUR)
    except OSError as error:
        raise DamagedBlock(path, (error.strerror or "unreadable").lower()) from None


def _content(handle: int, path: Path, section: BlockSection) -> bytes:
    data = os.pread(handle, section.length, section.offset)
    if len(data) < section.length or zlib.crc32(data) != section.checksum:
        raise DamagedBlock(path, "checksum mismatch")
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(data, MAX_SECTION_BYTES)
    except zlib.error:
        raise DamagedBlock(path, "not decompressible") from None
    if not stream.eof:
        raise DamagedBlock(path, "a section is too large")
    return content
