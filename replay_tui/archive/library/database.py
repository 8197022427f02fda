"""The library's database (SQLite): sessions, their sections in block files, statistics, and the sources that were read.

The journal is a write-ahead log, so that several processes can read while one writes, and a killed process leaves the
last committed state.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from replay_tui.domain.errors import ReplayError, UnreadableSource

FILE_NAME = "library.sqlite"
BUSY_SECONDS = 60
_RETRY_SECONDS = 0.05
APPLICATION_ID = 0x52544C42
_MIGRATIONS = (  # a version of the schema each
    """
    CREATE TABLE sessions (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL, digest TEXT NOT NULL, events INTEGER NOT NULL,
        source TEXT NOT NULL, name TEXT NOT NULL,
        user TEXT NOT NULL, user_names TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, verb TEXT NOT NULL,
        status TEXT NOT NULL, review TEXT NOT NULL, risk TEXT NOT NULL,
        start REAL, duration REAL NOT NULL, kind TEXT NOT NULL,
        searched TEXT NOT NULL, gap TEXT NOT NULL, read_bytes INTEGER NOT NULL,
        added REAL NOT NULL, text_bytes INTEGER NOT NULL, file TEXT NOT NULL UNIQUE, file_bytes INTEGER NOT NULL,
        UNIQUE (id, digest)
    );
    CREATE INDEX sessions_by_start ON sessions (start);
    CREATE INDEX sessions_by_source ON sessions (source);
    CREATE TABLE sections (
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        kind BLOB NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, checksum INTEGER NOT NULL,
        size INTEGER NOT NULL, grams BLOB
    );
    CREATE INDEX sections_by_session ON sections (session);
    CREATE TABLE shapes (
        n INTEGER PRIMARY KEY, shape TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, verb TEXT NOT NULL
    );
    CREATE TABLE shape_tables (
        shape INTEGER NOT NULL REFERENCES shapes ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (shape, name)
    ) WITHOUT ROWID;
    CREATE TABLE usage (
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        shape INTEGER NOT NULL REFERENCES shapes, hour INTEGER, uses INTEGER NOT NULL,
        first REAL NOT NULL, last REAL NOT NULL
    );
    CREATE INDEX usage_by_session ON usage (session);
    CREATE INDEX usage_by_shape ON usage (shape);
    CREATE TABLE findings (
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        time REAL NOT NULL, rule TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL, evidence TEXT NOT NULL,
        statement INTEGER
    );
    CREATE INDEX findings_by_session ON findings (session);
    CREATE TABLE sources (
        location TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
        session INTEGER REFERENCES sessions ON DELETE SET NULL
    ) WITHOUT ROWID;
    CREATE INDEX sources_by_session ON sources (session);
    """,
    "ALTER TABLE sessions ADD COLUMN subtype TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN text_version INTEGER NOT NULL DEFAULT 0",
)
SCHEMA_VERSION = len(_MIGRATIONS)
_READ_ERRORS = frozenset(("SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS"))
"""Errors of the disk that are damage; a failure to write, such as on a full disk, leaves the database as it was."""


class NewerLibrary(UnreadableSource):
    """The library was written by a newer version of this program."""


def connect(path: Path, *, writes: bool, creates: bool = True) -> sqlite3.Connection:
    """Return a connection to the database, which is migrated if needed, and created if `creates` and `writes`.

    Raises `UnreadableSource` if it is damaged, or missing or empty and not to be created, `NewerLibrary` if it is of a
    newer version, `ReplayError` if it cannot be written.
    """
    if not creates and not path.exists():
        raise _missing(path)
    with mapped_errors(path):
        connection = _open(path, writes=writes)
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA_VERSION:
                raise NewerLibrary(
                    f"The library {path} was written by a newer version of replay-tui; update this program."
                )
            if not version and not creates:
                raise _missing(path)
            if version < SCHEMA_VERSION:
                if not writes:
                    connection.close()
                    return connect(path, writes=True, creates=creates)
                _migrate(connection, version)
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def _open(path: Path, *, writes: bool) -> sqlite3.Connection:
    if writes:
        path.touch(0o600)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA page_size = 16384")
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA secure_delete = ON")  # removed sessions leave no text in free pages
        return connection
    address = f"{path.absolute().as_uri()}?mode=ro"
    for options in ("", "&immutable=1"):  # the second if the folder is read-only, so that there can be no writer
        with suppress(sqlite3.OperationalError):
            connection = sqlite3.connect(
                address + options, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("SELECT * FROM sqlite_master LIMIT 1").fetchone()
            return connection
    raise sqlite3.OperationalError("unable to open database file")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Set the journal mode. If another process does so at the same time, SQLite fails at once instead of waiting."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_RETRY_SECONDS)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Apply the migrations after `version` in one transaction. Another process may have done it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for script in _MIGRATIONS[version:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has undone it already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run a block as one transaction that writes; an exception undoes it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def mapped_errors(path: Path) -> Iterator[None]:
    """Turn errors of the database into messages that name it."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason:
            raise ReplayError("Another process is writing to the library; try again when it has ended.") from None
        if "malformed" in reason or error.sqlite_errorname in _READ_ERRORS:
            raise _damaged(path, reason) from None
        raise _unusable(path, reason) from None
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise _unusable(path, reason) from None


def _missing(path: Path) -> UnreadableSource:
    return UnreadableSource(f"The library in {path.parent} has no database; run `replay-tui archive repair`.")


def _damaged(path: Path, reason: str) -> UnreadableSource:
    return UnreadableSource(f"The library's database {path} is damaged ({reason}); run `replay-tui archive repair`.")


def _unusable(path: Path, reason: str) -> ReplayError:
    return ReplayError(f"The library {path} cannot be used ({reason}); check the disk and the permissions.")
