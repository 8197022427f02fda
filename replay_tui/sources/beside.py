"""Files that belong to a session file and are in the same folder, such as the timing file of a typescript."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UnreadableSource
from replay_tui.sources.chunk_reader import ChunkReader, file_chunks

MAX_BYTES = 1 << 28
"""Longest file that is read: a timing file of ten million events."""


class Beside(Struct, frozen=True):
    """The place of a session file.

    Attributes:
        path: path of the session; None for standard input.
        timing: timing file that the user named.
        open_file: opens a file by its name in the session's folder, or raises `OSError`; None for a folder on disk.
    """

    path: str | None = None
    timing: str | None = None
    open_file: Callable[[str], BinaryIO] | None = None

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
            with open_regular(Path(self.timing)) as file:
                return self.timing, read_start(file)
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
        open_file = self.open_file or opener(Path(self.path).parent)
        for name in names:
            last = name.replace("\\", "/").rpartition("/")[2]
            if last in ("", ".", "..", self.name) or "\0" in last:
                continue
            try:
                with open_file(last) as file:
                    return last, read_start(file)
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


def opener(folder: str | Path) -> Callable[[str], BinaryIO]:
    """Return a function that opens a regular file in `folder` by its name, or raises `OSError`."""
    return lambda name: open_regular(Path(folder, name))


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file. Raises `OSError`, also for any other kind of file."""
    if not path.is_file():
        raise FileNotFoundError(2, os.strerror(2))
    return path.open("rb")


def read_start(file: BinaryIO, limit: int = MAX_BYTES) -> bytes:
    """Return the first `limit` bytes of a file, decompressed as far as it is undamaged."""
    data = bytearray()
    for chunk in ChunkReader(file_chunks(file), limit):
        data += chunk
        if len(data) >= limit:
            break
    return bytes(data[:limit])
