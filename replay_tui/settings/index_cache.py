"""Size-limited cache for terminal indexes in the platform's cache folder."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from replay_tui.settings.file_cache import FileCache

MAX_CACHE_BYTES = 64 << 20
"""Limit for all files together; the least recently used files are deleted first."""


class IndexCache:
    """Cached bytes by key (letters and digits). Errors are ignored and count as a cache miss; no method raises."""

    def __init__(self, folder: Path | None = None, limit: int = MAX_CACHE_BYTES) -> None:
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
