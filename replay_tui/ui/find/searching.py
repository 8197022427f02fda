"""Controller of the search in the library: streams hits from a background task; the newest search wins."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.archive.library.facets import FACETS, Facets
from replay_tui.archive.library.find import Find, distinct_hits
from replay_tui.archive.library.find_query import FindQuery, FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.maintenance import LibraryState, state_of
from replay_tui.domain.display_text import pluralize
from replay_tui.domain.errors import Cancelled, ReplayError, UnreadableSource
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.presenters.library import coverage_text, dates_text
from replay_tui.ui.background import Task
from replay_tui.ui.find.state import AREAS, FacetCounts, FindState, LibrarySearch
from replay_tui.ui.find.view import FindView

SEARCHING, SURVEYING = "searching the library", "reading the state of the library"
REST_SECONDS = 0.2
"""Time without a key after which a typed text is searched; Enter searches at once."""
DELIVERY_SECONDS = 0.05
"""Minimum time between two batches of hits, so that a hundred thousand of them do not occupy the interface."""
MAX_HITS = 100_000
"""Hits that are listed; the rest is only counted."""
MAX_FACET_VALUES = 50


class HitBatch(Struct, frozen=True):
    """New hits, and the counts so far of all hits, of sessions with hits, and of facets."""

    hits: list[FoundHit]
    total: int
    sessions: int
    facets: FacetCounts


class Searching:
    """Searches for the text of the input. `on_found` is called after each batch."""

    def __init__(self, state: FindState, view: FindView, on_found: Callable[[], object]) -> None:
        self._state, self._view, self._on_found = state, view, on_found
        self._keys = 0
        self._stop = CancelToken()

    def survey(self) -> None:
        """Read what the library has, which an empty search shows."""
        folder = self._state.folder

        def work(_task: Task) -> LibraryState | str:
            try:
                with Library.open(folder) as library:
                    return state_of(library)
            except UnreadableSource as error:
                return str(error)

        self._view.background.start(SURVEYING, work, done=self._surveyed, failed=self._surveyed)

    def _surveyed(self, found: LibraryState | str) -> None:
        state = self._state
        if isinstance(found, str):
            state.library, state.is_empty = found, True
        else:
            state.is_empty = not found.sessions
            waiting = f", {len(found.waiting):,} not added yet" if found.waiting else ""
            dates = dates_text(found.first, found.last)
            state.library = f"{pluralize(found.sessions, 'session')}{waiting}{f' · {dates}' if dates else ''}"
        self._view.show()

    def ask(self) -> None:
        """Focus the input."""
        self._view.focus_input()

    def type(self, text: str) -> None:
        """Search for a text once no key is typed for a moment."""
        self._keys += 1
        count = self._keys
        self._view.set_timer(REST_SECONDS, lambda: self.put_text(text) if count == self._keys else None)

    def put_text(self, text: str) -> None:
        """Search for a text, if it is another one; narrowing and areas stay."""
        self._keys += 1
        if text != self._state.search.text:
            self.start(replace(self._state.search, text=text))

    def next_areas(self) -> None:
        """Search in the next areas: everything, statements, typed input, screen and output, findings."""
        names = list(AREAS)
        following = names[(names.index(self._state.search.areas) + 1) % len(names)]
        self.start(replace(self._state.search, areas=following))

    def toggle_new(self) -> None:
        """Search only for statements of a shape that is new for their user, or for everything again."""
        self.start(replace(self._state.search, new_only=not self._state.search.new_only))

    def start(self, search: LibrarySearch) -> None:
        """Begin a search, which ends the previous one. An empty text shows the library."""
        self._stop.cancel()
        self._view.background.cancel(SEARCHING)
        self._state.begin(search)
        if search.text:
            try:
                query = search.query()
            except ReplayError as error:
                self._state.message = str(error)
            else:
                self._run(query, search)
        self._view.show()

    def _run(self, query: FindQuery, search: LibrarySearch) -> None:
        self._state.is_searching, self._stop = True, CancelToken()
        stop, folder = self._stop, self._state.folder

        def work(task: Task) -> tuple[str, bool]:
            return stream_hits(
                folder,
                query,
                search.matches,
                lambda: task.is_cancelled() or stop.is_set,
                lambda batch: task.deliver(self._add, batch),
            )

        self._view.background.start(SEARCHING, work, done=self._finished, failed=self._failed, newest_wins=True)

    def stop(self) -> bool:
        """End a running search and keep its hits; return True if there was one."""
        was_searching = self._state.is_searching
        self._stop.cancel()
        return was_searching

    def _add(self, batch: HitBatch) -> None:
        state = self._state
        state.hits += batch.hits
        state.total, state.sessions, state.facets = batch.total, batch.sessions, batch.facets
        self._view.show()
        self._on_found()

    def _finished(self, found: tuple[str, bool]) -> None:
        self._state.is_searching = False
        self._state.coverage, self._state.is_partial = found
        self._view.show()
        self._on_found()

    def _failed(self, message: str) -> None:
        self._state.is_searching, self._state.message = False, message
        self._view.show()


def stream_hits(
    folder: Path,
    query: FindQuery,
    keep: Callable[[FoundHit], bool],
    is_cancelled: Callable[[], bool],
    deliver: Callable[[HitBatch], object],
) -> tuple[str, bool]:
    """Deliver the distinct hits for which `keep` returns True in batches, and return what was searched.

    The result is the sentence of the last line, and True if something was not searched. A cancelled search counts the
    remaining sessions as not reached. Raises `ReplayError`.
    """
    with Library.open(folder) as library:
        find, counts, batch = Find(library, query, is_cancelled), Facets(), list[FoundHit]()
        delivered = 0.0

        def flush() -> None:
            deliver(HitBatch(batch.copy(), counts.hits, len(counts.sessions), _facet_counts(counts)))
            batch.clear()

        try:
            with closing(find.hits()) as hits:  # type: ignore[type-var]  # a generator
                for found in distinct_hits(hits):
                    if not keep(found):
                        continue
                    counts.add(found)
                    if counts.hits <= MAX_HITS:
                        batch.append(found)
                    if time.monotonic() - delivered > DELIVERY_SECONDS:
                        flush()
                        delivered = time.monotonic()
        except Cancelled:
            pass
        flush()
        return f"{coverage_text(find.coverage)}.", not find.coverage.is_complete


def _facet_counts(counts: Facets) -> FacetCounts:
    """Return the most frequent values of each facet, and the latest days."""
    found = {facet: counts.counts[facet].most_common(MAX_FACET_VALUES) for facet in FACETS}
    found["day"] = sorted(counts.counts["day"].items(), reverse=True)[:MAX_FACET_VALUES]
    return found
