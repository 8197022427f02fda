"""Search in the sessions of a library, newest first: the hits of `search` in each, and what was not searched."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing

from replay_tui.archive.job import Job
from replay_tui.archive.library.coverage import NOT_REACHED, TIMED_OUT
from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.find_query import FindQuery, FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_search import FindJob, SessionHits, SessionSearch
from replay_tui.archive.library.sessions import LibrarySession, list_sessions
from replay_tui.archive.library.source_states import count_not_added
from replay_tui.archive.source import SessionSource
from replay_tui.domain.completeness import Coverage
from replay_tui.domain.errors import Cancelled, never_cancelled

MAX_TIMEOUTS = 3
"""Sessions in which a pattern may exceed its time limit; then the search ends."""
Run = Callable[[Sequence[SessionSource], Job[SessionHits]], Iterator[tuple[int, SessionHits]]]
"""An engine: yields (position, result) once for each source."""


def distinct_hits(hits: Iterable[FoundHit]) -> Iterator[FoundHit]:
    """Yield the hits, but a text that several areas have at one moment of a session only once."""
    place, texts = "", set[str]()
    for one in hits:
        if one.reference != place:
            place, texts = one.reference, set()
        text = one.hit.text.strip()
        if text not in texts:
            texts.add(text)
            yield one


class _Waiting:
    """Hits that wait until no later one can be found."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, float, int, FoundHit]] = []
        self._sessions = self._count = 0

    def add(self, hits: Iterable[FoundHit]) -> None:
        """Add the hits of one session. Those of sessions without a date stay together."""
        self._sessions += 1
        for one in hits:
            start, time = one.session.start, one.hit.time
            place = (math.inf, self._sessions) if start is None else (-start - time, 0)
            self._count += 1
            heapq.heappush(self._heap, (*place, -time, self._count, one))

    def since(self, time: float | None) -> Iterator[FoundHit]:
        """Yield the hits at or after `time`, in seconds since 1970 (None: all), the latest first."""
        while self._heap and (time is None or -self._heap[0][0] >= time):
            yield heapq.heappop(self._heap)[-1]


class Find:
    """One search. Iterate over `hits` once; `coverage` counts the sessions as the search proceeds.

    `coverage` is final when the iterator ends or is closed; a session that was not reached is counted as such. With
    `run` the sessions are searched by an engine, otherwise one after another in the calling thread.
    """

    def __init__(
        self,
        library: Library,
        query: FindQuery,
        is_cancelled: Callable[[], bool] = never_cancelled,
        run: Run | None = None,
    ) -> None:
        self._library, self._query, self._is_cancelled, self._run = library, query, is_cancelled, run
        self.coverage = Coverage()

    def hits(self) -> Iterator[FoundHit]:
        """Yield the hits, the latest first, those of sessions without a date last. Raises `Cancelled`."""
        waiting, done = _Waiting(), 0
        with mapped_errors(self._library.database_path):
            count_not_added(self._library.connection, self.coverage)
            sessions = list(list_sessions(self._library, self._query.selection))
            results = self._by_engine(sessions, self._run) if self._run else self._one_by_one(sessions)
            try:
                with closing(results):
                    for session in sessions:
                        yield from waiting.since(session.end)  # all later hits have been found
                        found, reason = next(results)
                        waiting.add(found)
                        self.coverage.add(reason)
                        done += 1
                    yield from waiting.since(None)
            finally:
                self.coverage.add(NOT_REACHED, len(sessions) - done)

    def _one_by_one(self, sessions: Sequence[LibrarySession]) -> Generator[SessionHits, None, None]:
        search, timeouts = SessionSearch(self._library, self._query, self._is_cancelled), 0
        for session in sessions:
            if self._is_cancelled():
                raise Cancelled
            if timeouts >= MAX_TIMEOUTS:
                yield SessionHits([], TIMED_OUT)
                continue
            found = search.search(session)
            timeouts += found.reason == TIMED_OUT
            yield found

    def _by_engine(self, sessions: Sequence[LibrarySession], run: Run) -> Generator[SessionHits, None, None]:
        """Yield the results of an engine in the order of the sessions."""
        sources = [SessionSource(str(self._library.blocks.absolute() / one.file)) for one in sessions]
        early, following = dict[int, SessionHits](), 0
        job = FindJob(str(self._library.folder.absolute()), self._query)
        with closing(run(sources, job)) as results:  # type: ignore[type-var]  # a generator
            for position, found in results:
                if self._is_cancelled():
                    raise Cancelled
                early[position] = found
                while following in early:
                    yield early.pop(following)
                    following += 1
