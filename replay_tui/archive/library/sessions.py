"""The stored sessions as values, newest first, and their documents."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from replay_tui.archive.library.block_file import TEXT, TIMES, BlockSection, DamagedBlock, read_sections
from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.document import DocumentTimes, SessionDocument
from replay_tui.archive.library.entries import storable
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.selection import Selection
from replay_tui.archive.library.stored_session import read_document
from replay_tui.archive.object_store import is_address
from replay_tui.domain.event_stream import EventStream

_COLUMNS = (
    "n, id, source, name, user, connection, type, verb, status, review, risk, start, duration, kind, gap, file,"
    " subtype, digest"
)


class LibrarySession(NamedTuple):
    """A session in the library. Texts are not sanitised and empty if unknown; `start` is in seconds since 1970.

    `gap` is the phrase that says why it is not searched completely, `reference` the id or path that opens it.
    """

    n: int
    id: str
    source: str
    name: str
    user: str
    connection: str
    type: str
    verb: str
    status: str
    review: str
    risk: str
    start: float | None
    duration: float
    kind: str
    gap: str
    file: str
    subtype: str
    digest: str

    @property
    def reference(self) -> str:
        """The id, else the source."""
        return self.id or self.source

    @property
    def end(self) -> float | None:
        """Time of the last event in seconds since 1970; None if the session has no date."""
        return None if self.start is None else self.start + self.duration

    def wall_clock(self, seconds: float) -> datetime | None:
        """Return the date and time (UTC) of a moment of the recording; None if the session has no date."""
        if self.start is None:
            return None
        try:
            return datetime.fromtimestamp(self.start + seconds, UTC)
        except (OverflowError, OSError, ValueError):
            return None


def list_sessions(library: Library, selection: Selection | None = None) -> Iterator[LibrarySession]:
    """Yield the selected sessions, those that ended last first, those without a date last."""
    where, values = (selection or Selection()).where()
    query = f"SELECT {_COLUMNS} FROM sessions WHERE {where} ORDER BY start + duration DESC, n DESC"
    with mapped_errors(library.database_path):
        for row in library.connection.execute(query, values).fetchall():
            yield LibrarySession(*row)


def sessions_named(library: Library, name: str) -> list[LibrarySession]:
    """Return the sessions with an id, an address or the path of a file, the newest first."""
    path = name if is_address(name) else os.path.abspath(name)
    query = (
        f"SELECT {_COLUMNS} FROM sessions WHERE id = ? OR source IN (?, ?)"
        " OR n IN (SELECT session FROM sources WHERE location IN (?, ?)) ORDER BY start DESC, events DESC, n DESC"
    )
    with mapped_errors(library.database_path):
        values = [storable(one) for one in (name, name, path, name, path)]
        return [LibrarySession(*row) for row in library.connection.execute(query, values).fetchall()]


def ids_beginning_with(library: Library, beginning: str, limit: int) -> dict[str, str]:
    """Return the newest ids that begin with a text, the newest last, each with its user and connection."""
    query = (
        "SELECT id, user || ' · ' || connection FROM sessions WHERE substr(id, 1, ?) = ? ORDER BY start DESC LIMIT ?"
    )
    with mapped_errors(library.database_path):
        rows = library.connection.execute(query, (len(beginning), storable(beginning), limit)).fetchall()
    return dict(reversed(rows))


class ArchivedCounts(NamedTuple):
    """Numbers of findings and statements of a session in the library."""

    findings: int
    statements: int


def counts_by_id(library: Library, ids: Sequence[str]) -> dict[str, ArchivedCounts]:
    """Return the counts of the latest version of each session that the library has, by id."""
    query = (
        "SELECT id, (SELECT count(*) FROM findings WHERE session = n),"
        " (SELECT total(uses) FROM usage WHERE session = n)"
        f" FROM sessions WHERE id IN ({', '.join('?' * len(ids))}) ORDER BY n"
    )
    with mapped_errors(library.database_path):
        rows = library.connection.execute(query, [*map(storable, ids)]).fetchall()
    return {str(one): ArchivedCounts(int(findings), int(statements)) for one, findings, statements in rows}


def read_bytes(library: Library, session: LibrarySession) -> int:
    """Return the size of the events of a session in bytes."""
    with mapped_errors(library.database_path):
        query = "SELECT read_bytes FROM sessions WHERE n = ?"
        row = library.connection.execute(query, (session.n,)).fetchone()
        return int(row[0]) if row else 0


def session_in_file(library: Library, file: str) -> LibrarySession | None:
    """Return the session that a block file has; None if it was removed."""
    with mapped_errors(library.database_path):
        row = library.connection.execute(f"SELECT {_COLUMNS} FROM sessions WHERE file = ?", (file,)).fetchone()
        return LibrarySession(*row) if row else None


def count_sessions(library: Library, selection: Selection) -> int:
    """Return the number of selected sessions."""
    where, values = selection.where()
    with mapped_errors(library.database_path):
        return int(library.connection.execute(f"SELECT count(*) FROM sessions WHERE {where}", values).fetchone()[0])


def sections_of(library: Library, n: int) -> list[tuple[BlockSection, bytes]]:
    """Return the sections of a session in order, those with text with their bitmap."""
    rows = library.connection.execute(
        "SELECT kind, offset, length, checksum, size, grams FROM sections WHERE session = ? ORDER BY offset", (n,)
    ).fetchall()
    return [(BlockSection(*row[:5]), row[5] or b"") for row in rows]


def bitmaps_of(library: Library, n: int) -> list[bytes]:
    """Return the bitmap of each section with text of a session, in order."""
    query = "SELECT grams FROM sections WHERE session = ? AND kind = ? ORDER BY offset"
    return [grams or b"" for (grams,) in library.connection.execute(query, (n, TEXT))]


def load_document(library: Library, session: LibrarySession) -> SessionDocument:
    """Return the document of a session. Raises `DamagedBlock`."""
    sections = [section for section, _ in sections_of(library, session.n)]
    return read_document(library.blocks / session.file, sections)


def load_times(library: Library, session: LibrarySession) -> EventStream:
    """Return a stream of empty events at the times of a session, with which times are printed exactly.

    It is empty if the block is damaged, so that hits found before the damage can be printed with milliseconds.
    """
    times = [section for section, _ in sections_of(library, session.n) if section.kind == TIMES]
    try:
        (data,) = read_sections(library.blocks / session.file, times)
        return DocumentTimes(array("d", data)).stream()
    except (DamagedBlock, ValueError):
        return EventStream()
