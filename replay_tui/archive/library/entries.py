"""Rows of one session in the library's database: insertion, removal, and the versions that are stored already."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

from replay_tui.archive.library.coverage import gap_of
from replay_tui.archive.library.record import SessionRecord, UsageRow
from replay_tui.archive.library.stored_session import StoredSession

Version = tuple[int, str, int, str, int]
"""Number, digest, events, file and text version of a stored version of a session."""


def versions(connection: sqlite3.Connection, record: SessionRecord) -> list[Version]:
    """Return the stored versions of a session: by its id, else by its source or events."""
    query = "SELECT n, digest, events, file, text_version FROM sessions WHERE "
    if record.id:
        return connection.execute(query + "id = ?", (storable(record.id),)).fetchall()
    return connection.execute(
        query + "id = '' AND (source = ? OR digest = ?)", (storable(record.source), record.digest)
    ).fetchall()


def earlier_parts(connection: sqlite3.Connection, locations: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the numbers of events of sessions that may have been recorded further, by id or by source."""
    found: dict[str, set[int]] = {}
    rows = connection.execute(
        "SELECT id, events FROM sessions WHERE id != '' AND (searched != 'fully' OR status != 'done')"
    ).fetchall()
    for location in locations:
        known = connection.execute("SELECT id, events FROM sessions WHERE source = ?", (storable(location),)).fetchall()
        rows += [(id_ or location, events) for id_, events in known]
    for key, events in rows:
        found.setdefault(key, set()).add(events)
    return {key: tuple(sorted(events)) for key, events in found.items()}


def insert(connection: sqlite3.Connection, stored: StoredSession) -> int:
    """Insert a session and return its number."""
    record = stored.record
    values = {
        "id": record.id,
        "digest": record.digest,
        "events": record.events,
        "source": record.source,
        "name": record.name,
        "user": record.user,
        "user_names": "\n".join(["", *record.user_names, ""]),
        "connection": record.connection,
        "type": record.type,
        "subtype": record.subtype,
        "verb": record.verb,
        "status": record.status,
        "review": record.review,
        "risk": record.risk,
        "start": record.start,
        "duration": record.duration,
        "kind": record.kind,
        "searched": record.completeness.searched.value,
        "gap": gap_of(record.completeness),
        "read_bytes": record.read_bytes,
        "added": time.time(),
        "text_bytes": stored.text_bytes,
        "file": stored.file,
        "file_bytes": stored.file_bytes,
        "text_version": record.text_version,
    }
    n = connection.execute(
        f"INSERT INTO sessions ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        [*map(_cell, values.values())],
    ).lastrowid
    assert n is not None
    sections = [*((one, None) for one in stored.others), *stored.texts]
    connection.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?)", [(n, *section, grams) for section, grams in sections]
    )
    connection.executemany(
        "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)", [(n, *map(_cell, row)) for row in stored.findings]
    )
    connection.executemany(
        "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)",
        [(n, _shape(connection, row), row.hour, row.uses, row.first, row.last) for row in stored.usage],
    )
    return n


def remove(connection: sqlite3.Connection, n: int) -> str:
    """Remove a session and return the name of its file, which the caller deletes after the commit."""
    file = connection.execute("SELECT file FROM sessions WHERE n = ?", (n,)).fetchone()[0]
    connection.execute("DELETE FROM sessions WHERE n = ?", (n,))
    return str(file)


def note_source(connection: sqlite3.Connection, location: str, fingerprint: str, session: int) -> None:
    """Note that a source in the state `fingerprint` is stored as `session`."""
    connection.execute(
        "INSERT OR REPLACE INTO sources VALUES (?, ?, 'added', '', ?)", (storable(location), fingerprint, session)
    )


def drop_unused_shapes(connection: sqlite3.Connection) -> None:
    """Remove the shapes of statements that no session has."""
    connection.execute("DELETE FROM shapes WHERE n NOT IN (SELECT shape FROM usage)")


def storable(text: str) -> str:
    """Return text that the database can store: lone surrogates are replaced."""
    return text.encode("utf-8", "replace").decode()


def _cell(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _shape(connection: sqlite3.Connection, row: UsageRow) -> int:
    shape = storable(row.shape)
    known = connection.execute("SELECT n FROM shapes WHERE shape = ?", (shape,)).fetchone()
    if known:
        return int(known[0])
    n = connection.execute(
        "INSERT INTO shapes (shape, kind, verb) VALUES (?, ?, ?)", (shape, storable(row.kind), storable(row.verb))
    ).lastrowid
    assert n is not None
    tables = [(n, storable(name)) for name in row.tables]
    connection.executemany("INSERT OR IGNORE INTO shape_tables VALUES (?, ?)", tables)
    return n
