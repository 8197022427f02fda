"""What is known of the library's sources: which were added in which state, which failed, and which are waiting."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence

from replay_tui.archive.library.coverage import NOT_ADDED, UNREADABLE
from replay_tui.archive.library.entries import storable
from replay_tui.archive.library.record import TEXT_VERSION
from replay_tui.archive.object_store import is_address
from replay_tui.domain.completeness import Coverage

PENDING, ADDED, FAILED, REMOVED = "pending", "added", "failed", "removed"


def pending(
    connection: sqlite3.Connection, sources: Sequence[tuple[str, str]], *, again: bool = False
) -> list[tuple[int, str]]:
    """Return (position, state) of the (location, fingerprint) pairs: an empty state if one must be read.

    A source is read if it is new, has changed, was read by an earlier version of the program whose text differs, or
    could not be read for a reason that may have gone; with `again` also if it was removed from the library.
    """
    found = []
    query = (
        "SELECT fingerprint, CASE WHEN text_version < ? THEN 'pending' ELSE state END"
        " FROM sources LEFT JOIN sessions ON n = session WHERE location = ?"
    )
    for position, (location, fingerprint) in enumerate(sources):
        row = connection.execute(query, (TEXT_VERSION, storable(location))).fetchone()
        known = str(row[1]) if fingerprint and row and row[0] == fingerprint and row[1] != PENDING else ""
        found.append((position, "" if again and known == REMOVED else known))
    return found


def note_pending(connection: sqlite3.Connection, sources: Iterable[tuple[str, str]]) -> None:
    """Note that sources will be read, so that an interrupted run is known to be incomplete."""
    for location, fingerprint in sources:
        connection.execute(
            "INSERT INTO sources VALUES (?, ?, 'pending', '', NULL) ON CONFLICT (location) DO UPDATE SET"
            " fingerprint = excluded.fingerprint, state = 'pending', reason = ''",
            (storable(location), fingerprint),
        )


def note_failure(connection: sqlite3.Connection, location: str, reason: str, *, is_final: bool) -> None:
    """Note why a source was not added; unless the failure `is_final` it is read again by the next run."""
    connection.execute(
        "UPDATE sources SET state = ?, reason = ? WHERE location = ?",
        (FAILED if is_final else PENDING, storable(reason), storable(location)),
    )


def forget_missing(connection: sqlite3.Connection) -> None:
    """Forget files that were never added and do not exist any more."""
    rows = connection.execute(
        "SELECT location FROM sources WHERE state IN ('pending', 'failed') AND session IS NULL"
    ).fetchall()
    gone = [(location,) for (location,) in rows if not is_address(location) and not os.path.exists(location)]
    connection.executemany("DELETE FROM sources WHERE location = ?", gone)


def not_added(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return location, state and reason of the sources that are waiting or were not readable."""
    return connection.execute(
        "SELECT location, state, reason FROM sources WHERE state IN ('pending', 'failed') ORDER BY location"
    ).fetchall()


def count_not_added(connection: sqlite3.Connection, coverage: Coverage) -> None:
    """Count the sources that are waiting or were not readable as sessions that were not searched."""
    for _, state, _ in not_added(connection):
        coverage.add(NOT_ADDED if state == PENDING else UNREADABLE)
