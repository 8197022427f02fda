"""Files that belong to a session file and are in the same folder, such as the timing file of a typescript."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.text import sanitize, truncate
from replay_tui.sources.chunk_reader import ChunkReader, file_chunks

MAX_BYTES = 1 << 28
"""Longest file that is read: a timing file of ten million events."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The place of a session file. `path` is None for standard input and for addresses; `timing` is the user's file."""

    path: str | None = None
    timing: str | None = None

    @property
    def name(self) -> str:
        """File name of the session file without its folder; empty if it has no place."""
        return os.path.basename(self.path) if self.path else ""

    def read_timing(self, names: Iterable[str]) -> tuple[str, bytes] | None:
        """Return name and content of the timing file: the user's, else the first of `names` in the folder.

        Raises `UnreadableSource` if the user's file cannot be read.
        """
        if self.timing is None:
            return self.read(names)
        try:
            return self.timing, read_file(Path(self.timing))
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "invalid file name"
            shown = truncate(sanitize(self.timing), 200)
            raise UnreadableSource(f"The timing file '{shown}' cannot be read ({reason.lower()}).") from None

    def read(self, names: Iterable[str]) -> tuple[str, bytes] | None:
        """Return name and content of the first regular file of `names` in the session's folder; None without one.

        Only the last part of a name is used, because names in a recording are not trustworthy.
        """
        if self.path is None:
            return None
        folder = Path(self.path).parent
        for name in names:
            last = name.replace("\\", "/").rpartition("/")[2]
            if last in ("", ".", "..", self.name) or "\0" in last:
                continue
            try:
                return last, read_file(folder / last)
            except (OSError, ValueError):
                continue
        return None


def timing_names(name: str) -> list[str]:
    """Return the usual names of the timing file of a typescript, the nearest first."""
    stem = name.removesuffix(".gz")
    base = stem.rpartition(".")[0] or stem
    names = [f"{one}{ending}" for one in dict.fromkeys((stem, base)) for ending in (".timing", ".tm", ".time")]
    names += [f"timing-{stem}", f"{stem}-timing", f"{base}-timing", "timing", "timingfile", "timing.log", "timing.txt"]
    return [one + ending for one in dict.fromkeys(names) for ending in ("", ".gz")]


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the first `limit` bytes of a regular file, decompressed as far as it is undamaged. Raises `OSError`."""
    if not path.is_file():
        raise FileNotFoundError(2, os.strerror(2))
    data = bytearray()
    with path.open("rb") as file:
        for chunk in ChunkReader(file_chunks(file), limit):
            data += chunk
            if len(data) >= limit:
                break
    return bytes(data[:limit])
