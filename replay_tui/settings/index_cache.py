"""Size-limited file cache for terminal indexes in the platform's cache folder (files 0600, folder 0700)."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import platformdirs

MAX_CACHE_BYTES = 64 << 20
"""Limit for all files together; the least recently used files are deleted first."""
_SUFFIX, _PARTIAL_SUFFIX = ".index", ".part"
_ABANDONED_SECONDS = 3600
"""Age after which a partial file belongs to a process that ended."""


class IndexCache:
    """Cached bytes by key (letters and digits). Errors are ignored and count as a cache miss; no method raises."""

    def __init__(self, folder: Path | None = None, limit: int = MAX_CACHE_BYTES) -> None:
        self._folder = folder or platformdirs.user_cache_path("replay-tui") / "index"
        self._limit = limit

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def read(self, key: str) -> bytes | None:
        """Return the cached bytes of a key; None if missing, or if another user could have written the file."""
        try:
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                about = os.fstat(handle)
                ours = about.st_uid == os.geteuid() and not about.st_mode & 0o077
                if not ours or not stat.S_ISREG(about.st_mode) or about.st_size > self._limit:
                    return None
                os.utime(handle)
                return file.read(self._limit)
        except (OSError, ValueError):
            return None

    def write(self, key: str, data: bytes) -> None:
        """Store bytes under a key, unless they exceed a quarter of the limit."""
        if len(data) * 4 > self._limit:
            return
        with suppress(OSError, ValueError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.chmod(0o700)
            self._make_room(len(data))
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=_PARTIAL_SUFFIX)  # mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                Path(name).replace(self._path(key))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def remove(self, key: str) -> None:
        """Delete the cached bytes of a key."""
        with suppress(OSError, ValueError):
            self._path(key).unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        kept = []
        for entry in os.scandir(self._folder):
            about = entry.stat(follow_symlinks=False)
            if entry.name.endswith(_PARTIAL_SUFFIX) and time.time() - about.st_mtime > _ABANDONED_SECONDS:
                os.unlink(entry.path)
            elif entry.name.endswith(_SUFFIX):
                kept.append((about.st_mtime, about.st_size, entry.path))
        kept.sort()
        total = size + sum(one[1] for one in kept)
        for _, taken, path in kept:
            if total <= self._limit:
                break
            os.unlink(path)
            total -= taken
