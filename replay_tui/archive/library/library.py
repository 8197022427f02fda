"""The library on disk: a folder with the database and one block file per session. Safe with several writers and kills.

A block file is written first and then entered in the database in one transaction, so that a session is there
completely or not at all. Files without an entry are left by killed processes, and deleted when nobody is adding.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import TracebackType

import platformdirs

from replay_tui.archive.library import entries
from replay_tui.archive.library.block_file import PARTIAL_SUFFIX, SUFFIX, DamagedBlock
from replay_tui.archive.library.database import FILE_NAME, connect, mapped_errors, transaction
from replay_tui.archive.library.stored_session import StoredSession, read_record
from replay_tui.domain.errors import ReplayError, UnreadableSource

BLOCKS = "blocks"
_LOCK = "adding.lock"


class Outcome(Enum):
    """What became of a session that was added."""

    ADDED = "added"
    GROWN = "grown"
    UPDATED = "updated"
    RENEWED = "renewed"
    UNCHANGED = "unchanged"


class Library:
    """An open library. Use it as a context manager; `writes` is True if sessions can be added or removed."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, *, writes: bool) -> None:
        self.folder, self.connection, self.writes = folder, connection, writes
        self._opened_file: tuple[int, int] | None = None  # device and number of the database

    @staticmethod
    def open(folder: Path | None = None, *, writes: bool = False) -> Library:
        """Open the library in `folder` (None: the user's own). With `writes` it is created if it does not exist.

        Raises `UnreadableSource` if there is none, or it is damaged or of a newer version, and `ReplayError` if it
        cannot be written. Block files without a database are a damaged library: a new one would delete them.
        """
        folder = folder or default_folder()
        path, has_blocks = folder / FILE_NAME, _has_blocks(folder)
        if writes:
            with mapped_errors(path):
                (folder / BLOCKS).mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.chmod(0o700)
        elif not path.exists() and not has_blocks:
            raise no_library(folder)
        opened = _file_number(path)
        library = Library(folder, connect(path, writes=writes, creates=not has_blocks), writes=writes)
        library._opened_file = opened or _file_number(path)
        return library

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.connection.close()

    @property
    def blocks(self) -> Path:
        """Folder of the block files."""
        return self.folder / BLOCKS

    @property
    def database_path(self) -> Path:
        """Path of the database."""
        return self.folder / FILE_NAME

    @property
    def size_bytes(self) -> int:
        """Size of the block files and the database."""
        with mapped_errors(self.database_path):
            blocks = self.connection.execute("SELECT total(file_bytes) FROM sessions").fetchone()[0]
            return int(blocks) + self.database_path.stat().st_size

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Announce that this process writes block files, after deleting those that killed processes left.

        Raises `ReplayError` if a repair has replaced the database since it was opened.
        """
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._check_replaced()
                self.delete_unused_files()
            fcntl.flock(handle, fcntl.LOCK_SH)  # waits for a repair
            self._check_replaced()
            yield
        finally:
            os.close(handle)

    def _check_replaced(self) -> None:
        if _file_number(self.database_path) != self._opened_file:
            raise ReplayError("The library was repaired meanwhile; run the command again.")

    def delete_unused_files(self) -> int:
        """Delete block files that are not in the database and return their number. Nobody may be adding."""
        unused = self.unused_files()
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)

    def unused_files(self) -> list[Path]:
        """Return the block files that are not in the database."""
        present = [path for path in self.blocks.iterdir() if path.name.endswith((SUFFIX, PARTIAL_SUFFIX))]
        with mapped_errors(self.database_path):
            used = {str(row[0]) for row in self.connection.execute("SELECT file FROM sessions")}
        return sorted(path for path in present if path.name not in used)

    def add(self, stored: StoredSession, fingerprint: str, digest_of_first: Mapping[int, str]) -> Outcome:
        """Enter a session whose block file is in the library's folder; delete the files that it makes unnecessary.

        A session with the same events is not stored again, unless its metadata changed or an earlier version of the
        program read it; one that was recorded further replaces its earlier part.
        `digest_of_first` maps numbers of events of earlier sessions (`earlier_parts`) to the hash of so many events of
        this one. Raises `ReplayError`.
        """
        record = stored.record
        with mapped_errors(self.database_path), transaction(self.connection):
            outcome, replaced = Outcome.ADDED, list[int]()
            for n, digest, events, file, text_version in entries.versions(self.connection, record):
                if digest == record.digest:
                    is_outdated = text_version < record.text_version
                    if not is_outdated and not self._differs(file, stored):
                        entries.note_source(self.connection, record.source, fingerprint, n)
                        self._delete_file(stored.file)
                        return Outcome.UNCHANGED
                    outcome = Outcome.RENEWED if is_outdated else Outcome.UPDATED
                    replaced.append(n)
                elif events < record.events and digest_of_first.get(events) == digest:
                    outcome, replaced = Outcome.GROWN, [*replaced, n]
            files = [entries.remove(self.connection, n) for n in replaced]
            entries.note_source(self.connection, record.source, fingerprint, entries.insert(self.connection, stored))
        for file in files:
            self._delete_file(file)
        return outcome

    def remove(self, numbers: Iterable[int]) -> int:
        """Remove sessions and return their number. Their sources are not added again unless they change."""
        files = []
        with mapped_errors(self.database_path), transaction(self.connection):
            for n in numbers:
                self.connection.execute("UPDATE sources SET state = 'removed' WHERE session = ?", (n,))
                files.append(entries.remove(self.connection, n))
            entries.drop_unused_shapes(self.connection)
        for name in files:
            self._delete_file(name)
        return len(files)

    def _differs(self, file: str, stored: StoredSession) -> bool:
        """Return True if the metadata of a stored version in `file` is not that of `stored`, or is damaged."""
        try:
            known = read_record(self.blocks / file)
        except DamagedBlock:
            return True
        return replace(stored.record, source=known.source, name=known.name) != known

    def _delete_file(self, name: str) -> None:
        with suppress(OSError):  # left for `delete_unused_files`
            (self.blocks / name).unlink(missing_ok=True)


@contextmanager
def adding_alone(folder: Path) -> Iterator[None]:
    """Announce that this process changes files of others. Raises `ReplayError` if another one is adding."""
    with mapped_errors(folder / FILE_NAME):
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReplayError("Another process is adding sessions; try again when it has ended.") from None
        yield
    finally:
        os.close(handle)


def _file_number(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _has_blocks(folder: Path) -> bool:
    try:
        with os.scandir(folder / BLOCKS) as found:  # stops at the first
            return any(one.name.endswith(SUFFIX) for one in found)
    except OSError:
        return False


def no_library(folder: Path) -> UnreadableSource:
    """Return the error for a folder without a library."""
    return UnreadableSource(f"There is no library in {folder}; `replay-tui archive add FILES` makes one.")


def default_folder() -> Path:
    """Return the folder of the user's library; it may not exist."""
    return platformdirs.user_data_path("replay-tui") / "archive"
