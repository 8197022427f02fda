"""Search in one session of a library: the hits of `search` in its stored text, and why there may be more.

Its job runs in any process that sees the library's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from replay_tui.archive.analyse import attempt
from replay_tui.archive.library.block_file import COLUMNS, TEXT, DamagedBlock
from replay_tui.archive.library.coverage import DAMAGED, LOST, TIMED_OUT
from replay_tui.archive.library.find_query import FindQuery, FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.narrowing import Narrowing
from replay_tui.archive.library.novelty import NoveltyCounter
from replay_tui.archive.library.sessions import (
    LibrarySession,
    bitmaps_of,
    load_document,
    load_times,
    sections_of,
    session_in_file,
)
from replay_tui.archive.library.shapes import dialect_of
from replay_tui.archive.library.stored_session import read_matching
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import UsageError, never_cancelled
from replay_tui.domain.exact_time import format_exact_time
from replay_tui.domain.statement import Novelty
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.search.query import Query
from replay_tui.search.search import Hit
from replay_tui.search.searchable_text import SearchableText


class SessionHits(NamedTuple):
    """The hits in one session, and the phrase why it was not searched completely; empty if it was."""

    hits: list[FoundHit]
    reason: str


class SessionSearch:
    """Search for one query in any number of sessions."""

    def __init__(self, library: Library, query: FindQuery, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        self._library, self._query, self._is_cancelled = library, query, is_cancelled
        self._compiled = query.query()
        self._narrowing = Narrowing(self._compiled)

    def search(self, session: LibrarySession) -> SessionHits:
        """Return the hits in a session. Raises `Cancelled`."""
        hits, reason = list[Hit](), session.gap
        found: list[tuple[Hit, Novelty | None]]
        try:
            for hit in self._iter_hits(session):
                hits.append(hit)
        except DamagedBlock:
            reason = DAMAGED
        except UsageError:  # the pattern was valid, so it takes too long here
            reason = TIMED_OUT
        try:
            found = self._new(session, hits) if self._query.new_only else [(hit, None) for hit in hits]
        except DamagedBlock:
            found, reason = [], DAMAGED
        if not found:
            return SessionHits([], reason)
        times = load_times(self._library, session)
        return SessionHits(
            [FoundHit(session, hit, format_exact_time(times, hit.time), novelty) for hit, novelty in found], reason
        )

    def _new(self, session: LibrarySession, hits: Sequence[Hit]) -> list[tuple[Hit, Novelty | None]]:
        """Return the hits in statements of a new shape. Raises `DamagedBlock`."""
        if not hits:
            return []
        found = list[tuple[Hit, Novelty | None]]()
        statements = load_document(self._library, session).text.statements
        by_text = {
            (one.time, one.event, text): one
            for one in reversed(statements)
            if not one.deleted
            for text in (*one.text.splitlines(), *(one.params or ()))
        }
        counter = NoveltyCounter(
            self._library, session.user, session.connection, session.start, dialect_of(session.subtype)
        )
        for hit in hits:
            statement = by_text.get((hit.time, hit.event or 0, hit.text)) if hit.where == "statements" else None
            novelty = counter.novelty(statement) if statement else None
            if novelty and novelty.is_new:
                found.append((hit, novelty))
        return found

    def _iter_hits(self, session: LibrarySession) -> Iterator[Hit]:
        """Yield the hits in a session. Raises `DamagedBlock`, and `UsageError` if the pattern takes too long."""
        areas = self._query.areas
        query = self._query.query() if self._query.regex else self._compiled  # a time limit is for one session
        if self._query.new_only:
            areas &= {"statements"}
        if "findings" in areas:
            yield from self._findings(session, query)
        if areas - {"findings"} and (text := self._text(session, query)):
            yield from text.search(query, areas - {"findings"}, self._is_cancelled)

    def _text(self, session: LibrarySession, query: Query) -> SearchableText | None:
        """Return the texts of a session that may match, None if there are none. Raises `DamagedBlock`, `UsageError`."""
        bitmaps = bitmaps_of(self._library, session.n)
        wanted = [number for number, grams in enumerate(bitmaps) if self._narrowing.may_match(grams)]
        if not wanted:
            return None
        if not all(bitmaps):  # a chunk without a bitmap has odd letters, for which case is ignored in different ways
            return load_document(self._library, session).text
        sections = [section for section, _ in sections_of(self._library, session.n)]
        texts = [one for one in sections if one.kind == TEXT]
        columns = [one for one in sections if one.kind == COLUMNS]
        path = self._library.blocks / session.file
        found = read_matching(path, {number: texts[number] for number in wanted}, columns, query)
        return load_document(self._library, session).text if found is None else found

    def _findings(self, session: LibrarySession, query: Query) -> Iterator[Hit]:
        rows = self._library.connection.execute(
            "SELECT time, message, evidence FROM findings WHERE session = ? ORDER BY time", (session.n,)
        ).fetchall()
        for time, message, evidence in rows:
            for text in (message, evidence):
                if span := query.first(text):
                    yield Hit(time, "findings", text, *span)


class FindJob(Struct, frozen=True):
    """Job that searches for `query` in the library in `folder`; a source is the block file of a session."""

    folder: str
    query: FindQuery
    operation = "Searching"

    def run(self, source: SessionSource, cancel: CancelToken | None = None) -> SessionHits:
        """See `Job.run`."""
        token = cancel or CancelToken()

        def search() -> SessionHits:
            with Library.open(Path(self.folder)) as library:
                session = session_in_file(library, Path(source.location).name)
                if session is None:  # removed meanwhile
                    return SessionHits([], LOST)
                return SessionSearch(library, self.query, lambda: token.is_set).search(session)

        found = attempt(source, search, operation=self.operation)
        return SessionHits([], LOST) if isinstance(found, str) else found

    def failed(self, source: SessionSource, failure: str) -> SessionHits:
        """See `Job.failed`."""
        return SessionHits([], LOST)
