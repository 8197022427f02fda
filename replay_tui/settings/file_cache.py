"""Size-limited file cache in a private folder (files 0600, folder 0700), and the one of the terminal indexes."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import platformdirs

_PARTIAL_SUFFIX = ".part"
_ABANDONED_SECONDS = 3600
"""Age after which a partial file belongs to a process that ended."""


class FileCache:
    """Cached files by key (letters and digits). Errors are ignored and count as a cache miss; no method raises.

    `limit` is the number of bytes of all files together; the least recently used files are deleted first, and a file
    above a quarter of it is not stored.
    """

    def __init__(self, folder: Path, limit: int, suffix: str) -> None:
        self._folder, self._limit, self._suffix = folder, limit, suffix

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{self._suffix}"

    def open(self, key: str) -> BinaryIO | None:
        """Return the open file of a key; None if missing, or if another user could have written the file."""
        try:
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except (OSError, ValueError):
            return None
        try:
            about = os.fstat(handle)
            ours = about.st_uid == os.geteuid() and not about.st_mode & 0o077
            if ours and stat.S_ISREG(about.st_mode) and about.st_size <= self._limit:
                os.utime(handle)
                return os.fdopen(handle, "rb")
        except OSError:
            pass
        os.close(handle)
        return None

    def create(self, key: str) -> NewFile:
        """Return a file that is stored under a key once it is committed."""
        return NewFile(self, key)

    def remove(self, key: str) -> None:
        """Delete the cached file of a key."""
        with suppress(OSError, ValueError):
            self._path(key).unlink(missing_ok=True)

    def make_partial(self) -> tuple[int, str]:
        """Create a file without a key. Return its descriptor and path. Raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        return tempfile.mkstemp(dir=self._folder, suffix=_PARTIAL_SUFFIX)  # mode 0600

    def adopt(self, partial: str, key: str, size: int) -> None:
        """Give a partial file of `size` bytes its key. Raises `OSError`."""
        self._make_room(size)
        Path(partial).replace(self._path(key))

    @property
    def max_file_bytes(self) -> int:
        """Size of the largest file that is stored."""
        return self._limit // 4

    def _make_room(self, size: int) -> None:
        kept = []
        for entry in os.scandir(self._folder):
            about = entry.stat(follow_symlinks=False)
            if entry.name.endswith(_PARTIAL_SUFFIX) and time.time() - about.st_mtime > _ABANDONED_SECONDS:
                os.unlink(entry.path)
            elif entry.name.endswith(self._suffix):
                kept.append((about.st_mtime, about.st_size, entry.path))
        kept.sort()
        total = size + sum(one[1] for one in kept)
        for _, taken, path in kept:
            if total <= self._limit:
                break
            os.unlink(path)
            total -= taken


class NewFile:
    """File that is written in parts. It is deleted at the end of the `with` block or by an error, unless committed."""

    def __init__(self, cache: FileCache, key: str) -> None:
        self._cache, self._key = cache, key
        self._size = 0
        self._file: BinaryIO | None = None
        self._name = ""
        with suppress(OSError, ValueError):
            handle, self._name = cache.make_partial()
            self._file = os.fdopen(handle, "wb")

    def __enter__(self) -> NewFile:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        """Append bytes. A file that becomes too large is discarded."""
        if self._file is None:
            return
        self._size += len(data)
        try:
            if self._size <= self._cache.max_file_bytes:
                self._file.write(data)
                return
        except OSError:
            pass
        self.discard()

    def commit(self) -> None:
        """Store the file under its key."""
        if self._file is None:
            return
        with suppress(OSError, ValueError):
            self._file.flush()
            self._cache.adopt(self._name, self._key, self._size)
        self.discard()

    def discard(self) -> None:
        """Delete the file unless it was stored."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                Path(self._name).unlink(missing_ok=True)
            self._file = None


MAX_INDEX_CACHE_BYTES = 64 << 20
"""Limit for all files together; the least recently used files are deleted first."""


class IndexCache:
    """Cached bytes by key (letters and digits). Errors are ignored and count as a cache miss; no method raises."""

    def __init__(self, folder: Path | None = None, limit: int = MAX_INDEX_CACHE_BYTES) -> None:
        self._files = FileCache(folder or platformdirs.user_cache_path("replay-tui") / "index", limit, ".index")
        self._limit = limit

    def read(self, key: str) -> bytes | None:
        """Return the cached bytes of a key; None if missing, or if another user could have written the file."""
        file = self._files.open(key)
        if file is None:
            return None
        with file:
            try:
                return file.read(self._limit)
            except OSError:
                return None

    def write(self, key: str, data: bytes) -> None:
        """Store bytes under a key, unless they exceed a quarter of the limit."""
        if len(data) > self._files.max_file_bytes:
            return
        with self._files.create(key) as new:
            new.write(data)
            new.commit()

    def remove(self, key: str) -> None:
        """Delete the cached bytes of a key."""
        self._files.remove(key)
