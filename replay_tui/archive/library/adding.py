"""Adding sessions to a library: only what is new or has changed, with one outcome for each source."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from msgspec import Struct

from replay_tui.archive.job import Job
from replay_tui.archive.library import entries, source_states
from replay_tui.archive.library.add_job import AddJob, AddResult, location_of
from replay_tui.archive.library.block_file import DamagedBlock
from replay_tui.archive.library.database import mapped_errors, transaction
from replay_tui.archive.library.library import Library, Outcome
from replay_tui.archive.library.stored_session import read_session
from replay_tui.archive.object_store import address_fingerprint, is_address
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import ReplayError
from replay_tui.findings.rules import Rule

DEFAULT_LIMIT_BYTES = 20 << 30
"""Limit of a library's files together; `archive_limit_gib` in the settings changes it."""
Run = Callable[[Sequence[SessionSource], Job[AddResult]], Iterator[tuple[int, AddResult]]]
"""An engine: yields (position, result) once for each source."""


class LibraryFull(ReplayError):
    """The library has reached its size limit."""


class Added(Struct, frozen=True):
    """What became of one source: an `outcome`, a `failure`, or `skipped`, the state in which it was known already."""

    source: SessionSource
    outcome: Outcome | None = None
    failure: str = ""
    skipped: str = ""


def add_sessions(
    library: Library,
    sources: Sequence[SessionSource],
    run: Run,
    *,
    rules: tuple[Rule, ...] = (),
    fingerprints: Sequence[str] = (),
    again: bool = False,
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
) -> Iterator[Added]:
    """Yield an outcome for each source, the known ones first. Closing the iterator stops the work.

    `fingerprints` change when the sources do; without them those of files and addresses are taken. Sources that were
    not finished stay noted as not added. Raises `LibraryFull`, and `ReplayError` if the library cannot be written.
    """
    marks = fingerprints or [fingerprint_of(source) for source in sources]
    places = [(location_of(source), mark) for source, mark in zip(sources, marks, strict=True)]
    with library.adding(), mapped_errors(library.database_path):
        with transaction(library.connection):
            source_states.forget_missing(library.connection)
            states = source_states.pending(library.connection, places, again=again)
            wanted = [position for position, state in states if not state]
            source_states.note_pending(library.connection, [places[position] for position in wanted])
            earlier = entries.earlier_parts(library.connection, [places[position][0] for position in wanted])
        for position, state in states:
            if state:
                yield Added(sources[position], skipped=state)
        job = AddJob(str(library.blocks.absolute()), rules, earlier)
        room = limit_bytes - library.size_bytes
        with closing(run([sources[position] for position in wanted], job)) as results:  # type: ignore[type-var]  # a generator
            for number, result in results:
                added, taken = _finish(library, sources[wanted[number]], places[wanted[number]], result, room)
                room -= taken
                yield added


def _finish(
    library: Library, source: SessionSource, place: tuple[str, str], result: AddResult, room: int
) -> tuple[Added, int]:
    """Enter a session whose block file was written, or note its failure. Return the result and the bytes that it took.

    `room` are the bytes left until the limit, without those that other processes write meanwhile.
    """
    if result.is_library_failure:
        raise ReplayError(f"{result.failure} What was added so far is kept; run the command again to continue.")
    if result.failure:
        source_states.note_failure(library.connection, place[0], result.failure, is_final=result.is_final)
        return Added(source, failure=result.failure), 0
    try:
        stored = read_session(library.blocks / result.file)
    except DamagedBlock as error:
        source_states.note_failure(library.connection, place[0], str(error), is_final=False)
        return Added(source, failure=str(error)), 0
    if stored.file_bytes > room:
        (library.blocks / result.file).unlink(missing_ok=True)
        raise LibraryFull(
            "The library has reached its size limit; the rest was not added. Remove old sessions with `replay-tui"
            " archive forget --before DATE`, or raise archive_limit_gib in the settings."
        )
    outcome = library.add(stored, place[1], result.digests)
    return Added(source, outcome), 0 if outcome is Outcome.UNCHANGED else stored.file_bytes


def fingerprint_of(source: SessionSource) -> str:
    """Return a text that changes when the file or object changes; empty for a gateway's session."""
    if source.client is not None:
        return ""
    if is_address(source.location):
        return f"{address_fingerprint(source.location)} {source.encoding}"
    try:
        status = os.stat(source.location)
    except (OSError, ValueError):
        return f"missing {source.encoding}"
    return f"{status.st_size} {status.st_mtime_ns} {source.encoding}"
