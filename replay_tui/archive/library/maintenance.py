"""Checks and repair of a library, and its state in numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, field

from replay_tui.archive.library import entries, source_states
from replay_tui.archive.library.block_file import SUFFIX, DamagedBlock
from replay_tui.archive.library.database import FILE_NAME, NewerLibrary, connect, mapped_errors, transaction
from replay_tui.archive.library.library import BLOCKS, Library, adding_alone, no_library
from replay_tui.archive.library.record import TEXT_VERSION
from replay_tui.archive.library.sessions import LibrarySession, list_sessions, load_document
from replay_tui.archive.library.stored_session import read_session
from replay_tui.domain.errors import ReplayError, UnreadableSource

DAMAGED_SUFFIX, _UNFINISHED_SUFFIX = ".damaged", ".unfinished"


class Checked(Struct, frozen=True):
    """Result for one session, or for the database if there is no `session`; `problem` is empty if it is intact."""

    session: LibrarySession | None
    problem: str = ""

    @property
    def message(self) -> str:
        """A sentence about the problem."""
        return f"{self.session.reference if self.session else 'The database'}: {self.problem}."


class Repaired(Struct):
    """What a repair did: sessions kept and dropped (by problem), and whether the database was built again."""

    kept: int = 0
    dropped: list[str] = field(default_factory=list)
    rebuilt: bool = False


class LibraryState(Struct, frozen=True):
    """The library in numbers. `gaps` counts sessions by why they are incomplete, `waiting` lists (location, reason).

    `outdated` counts the sessions that an earlier version of the program read, whose texts may differ.
    """

    folder: str
    sessions: int
    complete: int
    text_bytes: int
    size_bytes: int
    first: float | None
    last: float | None
    statements: int
    findings: int
    gaps: dict[str, int]
    outdated: int
    waiting: list[tuple[str, str]]
    unreadable: list[tuple[str, str]]


def state_of(library: Library) -> LibraryState:
    """Return the state of a library."""
    with mapped_errors(library.database_path):
        run = library.connection.execute
        totals = "SELECT count(*), total(text_bytes), min(start), max(start) FROM sessions"
        count, text, first, last = run(totals).fetchone()
        gaps = dict(run("SELECT gap, count(*) FROM sessions WHERE gap != '' GROUP BY gap ORDER BY 2 DESC").fetchall())
        rows = source_states.not_added(library.connection)
        return LibraryState(
            folder=str(library.folder),
            sessions=int(count),
            complete=int(count) - sum(gaps.values()),
            text_bytes=int(text),
            size_bytes=library.size_bytes,
            first=first,
            last=last,
            statements=int(run("SELECT total(uses) FROM usage").fetchone()[0]),
            findings=int(run("SELECT count(*) FROM findings").fetchone()[0]),
            gaps=gaps,
            outdated=run("SELECT count(*) FROM sessions WHERE text_version < ?", (TEXT_VERSION,)).fetchone()[0],
            waiting=[(location, reason) for location, state, reason in rows if state == source_states.PENDING],
            unreadable=[(location, reason) for location, state, reason in rows if state == source_states.FAILED],
        )


def verify(library: Library) -> Iterator[Checked]:
    """Check the database, and every section of every block file."""
    try:
        problem = library.connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        yield Checked(None, "" if problem == "ok" else f"damaged ({problem})")
    except sqlite3.DatabaseError as error:
        yield Checked(None, f"damaged ({error})")
        return
    for session in list_sessions(library):
        try:
            load_document(library, session)
            read_session(library.blocks / session.file)
        except DamagedBlock as error:
            yield Checked(session, error.problem)
        else:
            yield Checked(session)


def repair(folder: Path) -> Repaired:
    """Drop damaged sessions, and build a damaged database again from the block files. Nobody may be adding.

    A damaged file is kept with the ending `.damaged`; its source is read again by the next run of `archive add`. The
    new database gets its name when it is complete, so that a repair can be killed and run again. Raises `ReplayError`.
    """
    if not (folder / BLOCKS).is_dir() and not (folder / FILE_NAME).exists():
        raise no_library(folder)
    with adding_alone(folder):
        if not _has_intact_database(folder):
            return _build_again(folder)
        with Library.open(folder, writes=True) as library:
            done = _drop_damaged(library)
            library.delete_unused_files()
            return done


def _has_intact_database(folder: Path) -> bool:
    try:
        with Library.open(folder, writes=True) as library:
            return not next(iter(verify(library))).problem
    except NewerLibrary:
        raise
    except UnreadableSource:
        return False


def _build_again(folder: Path) -> Repaired:
    done, made = Repaired(rebuilt=True), folder / f"{FILE_NAME}{_UNFINISHED_SUFFIX}"
    with mapped_errors(made):
        for name in _database_files(made):
            name.unlink(missing_ok=True)  # of a repair that was killed
    with Library(folder, connect(made, writes=True), writes=True) as library:
        _enter_all(library, done)
    with mapped_errors(folder / FILE_NAME):
        _set_aside(folder)
        made.rename(folder / FILE_NAME)
    return done


def _set_aside(folder: Path) -> None:
    """Rename the damaged database. Without the first file the other ones are not used."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for path in _database_files(folder / FILE_NAME):
        with suppress(FileNotFoundError):
            path.rename(path.with_name(f"{path.name}.{stamp}{DAMAGED_SUFFIX}"))


def _database_files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _enter_all(library: Library, done: Repaired) -> None:
    for path in sorted((library.folder / BLOCKS).glob(f"*{SUFFIX}")):
        try:
            stored = read_session(path)
        except DamagedBlock as error:
            _keep_aside(path)
            done.dropped.append(error.problem)
            continue
        library.add(stored, "", {})
        done.kept += 1


def _drop_damaged(library: Library) -> Repaired:
    done = Repaired()
    for checked in verify(library):
        if checked.session is None:
            continue
        if not checked.problem:
            done.kept += 1
            continue
        with mapped_errors(library.database_path), transaction(library.connection):
            library.connection.execute(
                "UPDATE sources SET state = 'pending', fingerprint = '' WHERE session = ?", (checked.session.n,)
            )
            entries.remove(library.connection, checked.session.n)
        _keep_aside(library.blocks / checked.session.file)
        done.dropped.append(f"{checked.session.reference}: {checked.problem}")
    return done


def _keep_aside(path: Path) -> None:
    try:
        path.rename(path.with_name(path.name + DAMAGED_SUFFIX))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ReplayError(f"{path} cannot be renamed ({(error.strerror or 'unknown error').lower()}).") from None
