"""Search in the sessions of a library, newest first: the hits of `search` in each, and what was not searched."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from replay_tui.archive.library.block_file import COLUMNS, TEXT, DamagedBlock
from replay_tui.archive.library.coverage import DAMAGED, NOT_REACHED, TIMED_OUT
from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.narrowing import Narrowing
from replay_tui.archive.library.novelty import NoveltyCounter
from replay_tui.archive.library.selection import Selection
from replay_tui.archive.library.sessions import (
    LibrarySession,
    count_sessions,
    list_sessions,
    load_document,
    load_times,
    sections_of,
)
from replay_tui.archive.library.shapes import dialect_of
from replay_tui.archive.library.source_states import count_not_added
from replay_tui.archive.library.stored_session import read_matching
from replay_tui.domain.coverage import Coverage
from replay_tui.domain.errors import Cancelled, UsageError, never_cancelled
from replay_tui.domain.exact_time import format_exact_time
from replay_tui.domain.novelty import Novelty
from replay_tui.search.query import Query
from replay_tui.search.search import SEARCH_AREAS, Hit
from replay_tui.search.searchable_text import SearchableText

FIND_AREAS = (*SEARCH_AREAS, "findings")
MAX_TIMEOUTS = 3
"""Sessions in which a pattern may exceed its time limit; then the search ends."""


def parse_find_areas(names: str) -> frozenset[str]:
    """Return the areas in a list such as `screen,findings` or `all`. Raises `UsageError` for an unknown area."""
    found = {name.strip().lower() for name in names.split(",") if name.strip()}
    unknown = found - {*FIND_AREAS, "all"}
    if unknown or not found:
        raise UsageError(f"Unknown search area '{', '.join(sorted(unknown))}'; use {', '.join(FIND_AREAS)} or all.")
    return frozenset(FIND_AREAS) if "all" in found else frozenset(found)


@dataclass(frozen=True)
class FindQuery:
    """What to find: a pattern as in `search`, in some areas of the selected sessions. Raises `UsageError`.

    With `new_only` only in statements of a shape that the user has not used on the connection before.
    """

    pattern: str
    regex: bool = False
    areas: frozenset[str] = frozenset(FIND_AREAS)
    selection: Selection = field(default_factory=Selection)
    new_only: bool = False

    def __post_init__(self) -> None:
        self.query()

    def query(self) -> Query:
        """Return the compiled pattern with its full time limit, for one session."""
        return Query(self.pattern, regex=self.regex)


class FoundHit(NamedTuple):
    """A hit in a session; `where` of a hit in a finding is `findings`. `time_text` leads back to its moment.

    `novelty` is that of the statement with the hit, if the search asked for it.
    """

    session: LibrarySession
    hit: Hit
    time_text: str
    novelty: Novelty | None = None

    @property
    def reference(self) -> str:
        """What `replay-tui` opens: the session at the moment; not sanitised."""
        return f"{self.session.reference}@{self.time_text}"


class _Waiting:
    """Hits that wait until no later one can be found."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, FoundHit]] = []
        self._count = 0

    def add(self, hits: Iterable[FoundHit]) -> None:
        for one in hits:
            start = -math.inf if one.session.start is None else one.session.start
            self._count += 1
            heapq.heappush(self._heap, (-start - one.hit.time, self._count, one))

    def since(self, time: float | None) -> Iterator[FoundHit]:
        """Yield the hits at or after `time`, in seconds since 1970 (None: all), the latest first."""
        while self._heap and (time is None or -self._heap[0][0] >= time):
            yield heapq.heappop(self._heap)[2]


class Find:
    """One search. Iterate over `hits` once; `coverage` counts the sessions as the search proceeds.

    `coverage` is final when the iterator ends or is closed; a session that was not reached is counted as such.
    """

    def __init__(self, library: Library, query: FindQuery, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        self._library, self._query, self._is_cancelled = library, query, is_cancelled
        self.coverage = Coverage()
        self._narrowing = Narrowing(query.query())
        self._timeouts = 0

    def hits(self) -> Iterator[FoundHit]:
        """Yield the hits, the latest first, those of sessions without a date last. Raises `Cancelled`."""
        count_not_added(self._library.connection, self.coverage)
        waiting = _Waiting()
        done, total = 0, count_sessions(self._library, self._query.selection)
        try:
            with mapped_errors(self._library.database_path):
                for session in list_sessions(self._library, self._query.selection):
                    if self._is_cancelled():
                        raise Cancelled
                    yield from waiting.since(session.end)  # all later hits have been found
                    waiting.add(self._search(session))
                    done += 1
                yield from waiting.since(None)
        finally:
            self.coverage.add(NOT_REACHED, total - done)

    def _search(self, session: LibrarySession) -> list[FoundHit]:
        """Return the hits in a session, and count the session."""
        if self._timeouts >= MAX_TIMEOUTS:
            self.coverage.add(TIMED_OUT)
            return []
        hits, reason = list[Hit](), session.gap
        try:
            for hit in self._iter_hits(session):
                hits.append(hit)
        except DamagedBlock:
            reason = DAMAGED
        except UsageError:  # the pattern was valid, so it takes too long here
            self._timeouts += 1
            reason = TIMED_OUT
        self.coverage.add(reason)
        if not hits:
            return []
        if self._query.new_only:
            return self._new(session, hits)
        times = load_times(self._library, session)
        return [
            FoundHit(session, hit, format_exact_time(times, hit.time))
            for hit in sorted(hits, key=lambda one: -one.time)
        ]

    def _new(self, session: LibrarySession, hits: Sequence[Hit]) -> list[FoundHit]:
        """Return the hits in statements of a new shape."""
        times, found = load_times(self._library, session), list[FoundHit]()
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
                found.append(FoundHit(session, hit, format_exact_time(times, hit.time), novelty))
        return found

    def _iter_hits(self, session: LibrarySession) -> Iterator[Hit]:
        """Yield the hits in a session. Raises `DamagedBlock`, and `UsageError` if the pattern takes too long."""
        query, areas = self._query.query(), self._query.areas
        if "findings" in areas:
            yield from self._findings(session, query)
        if areas - {"findings"}:
            text = self._matching_text(session, query)
            yield from text.search(query, areas - {"findings"}, self._is_cancelled) if text else ()

    def _matching_text(self, session: LibrarySession, query: Query) -> SearchableText | None:
        """Return the texts of a session that may match, None if there are none. Raises `DamagedBlock`."""
        sections = sections_of(self._library, session.n)
        texts = [one for one in sections if one[0].kind == TEXT]
        wanted = [number for number, (_, grams) in enumerate(texts) if self._narrowing.may_match(grams)]
        if not wanted:
            return None
        if query.regex or not all(grams for _, grams in texts):  # not decided text by text, or with odd letters
            return load_document(self._library, session).text
        columns = [section for section, _ in sections if section.kind == COLUMNS]
        return read_matching(
            self._library.blocks / session.file, {number: texts[number][0] for number in wanted}, columns, query.test()
        )

    def _findings(self, session: LibrarySession, query: Query) -> Iterator[Hit]:
        rows = self._library.connection.execute(
            "SELECT time, message, evidence FROM findings WHERE session = ? ORDER BY time", (session.n,)
        ).fetchall()
        for time, message, evidence in rows:
            for text in (message, evidence):
                if span := query.first(text):
                    yield Hit(time, "findings", text, *span)
