"""State of the find screen: the search, its hits as far as they are found, and the saved searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.archive.library.facets import FACETS, facet_value
from replay_tui.archive.library.find_query import FIND_AREAS, FindQuery, FoundHit
from replay_tui.archive.library.selection import AnyCondition, ExactCondition, OverlapCondition, Selection
from replay_tui.domain.errors import UsageError
from replay_tui.settings.state_store import StateStore

if TYPE_CHECKING:
    from replay_tui.search.query import Query

AREAS: Mapping[str, frozenset[str]] = {
    "everything": frozenset(FIND_AREAS),
    "statements": frozenset(("statements",)),
    "typed input": frozenset(("input",)),
    "screen and output": frozenset(("screen", "output")),
    "findings": frozenset(("findings",)),
}
"""Where to search, by the name that the title shows."""
MAX_SAVED = 50
_FILE = "finds.json"
FacetCounts = Mapping[str, Sequence[tuple[str, int]]]
"""Values of each facet (empty if unknown) with their numbers of hits."""


class LibrarySearch(Struct, frozen=True):
    """What to find: a text or `/regular expression/`, the name of the areas, and the chosen value of facets.

    With `new_only` only statements of a shape that the user has not used on the connection before.
    """

    text: str = ""
    areas: str = "everything"
    chosen: tuple[tuple[str, str], ...] = ()
    new_only: bool = False

    def query(self) -> FindQuery:
        """Return the query. Raises `UsageError` for an invalid pattern."""
        text, regex = self.text, False
        if len(text) > 2 and text.startswith("/") and text.endswith("/"):
            text, regex = text[1:-1], True
        selection = Selection([_condition(*one) for one in self.chosen])
        return FindQuery(text, regex, AREAS[self.areas], selection, self.new_only)

    def matches(self, found: FoundHit) -> bool:
        """Return True if a hit has the chosen values; the query selects whole sessions."""
        return all(facet_value(found, facet) == value for facet, value in self.chosen)

    def display_query(self) -> Query | None:
        """Return the pattern for highlighting; None if there is no valid one."""
        try:
            return self.query().query()
        except UsageError:
            return None


def _condition(facet: str, value: str) -> AnyCondition:
    """Return the condition for sessions that can have hits with a value of a facet."""
    if facet != "day":
        return ExactCondition(facet, value)
    if not value:
        return OverlapCondition(None, None)
    begin = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
    return OverlapCondition(begin, begin + timedelta(days=1))


class FindState(Struct):
    """One search of the library in `folder`, and what is found so far.

    `hits` are the newest of `total` in `sessions` sessions. `coverage` says what was not searched, once the search has
    ended; `is_partial` if that is anything. `message` is an error. `library` describes the library, and says how to
    fill one that is missing or empty (`is_empty`). `cursor` is the position of the chosen hit.
    """

    store: StateStore
    folder: Path
    search: LibrarySearch = field(default_factory=LibrarySearch)
    hits: list[FoundHit] = field(default_factory=list)
    total: int = 0
    sessions: int = 0
    facets: FacetCounts = field(default_factory=dict)
    is_searching: bool = False
    coverage: str = ""
    is_partial: bool = False
    message: str = ""
    library: str = ""
    is_empty: bool = False
    cursor: int = 0

    def begin(self, search: LibrarySearch) -> None:
        """Forget what was found, for another search."""
        self.search, self.hits, self.total, self.sessions, self.facets = search, [], 0, 0, {}
        self.is_searching, self.coverage, self.is_partial, self.message, self.cursor = False, "", False, "", 0

    def saved(self) -> list[LibrarySearch]:
        """Return the saved searches, the latest first. Invalid ones are skipped."""
        received = self.store.document(_FILE).get("saved")
        found = map(_saved_search, received[:MAX_SAVED]) if isinstance(received, list) else ()
        return [one for one in found if one is not None]

    def toggle_saved(self) -> bool:
        """Save the search, or remove it if it is saved; return True if it is saved now. Raises `ReplayError`."""
        others = [one for one in self.saved() if one != self.search]
        is_new = len(others) == len(self.saved())
        kept = [self.search, *others][:MAX_SAVED] if is_new else others
        rows = [{"text": one.text, "areas": one.areas, "chosen": dict(one.chosen), "new": one.new_only} for one in kept]
        self.store.save_document(_FILE, {"saved": rows})
        return is_new


def _saved_search(received: object) -> LibrarySearch | None:
    if not isinstance(received, dict):
        return None
    text, areas, chosen = received.get("text"), received.get("areas"), received.get("chosen")
    if not (isinstance(text, str) and text and isinstance(areas, str) and areas in AREAS and isinstance(chosen, dict)):
        return None
    pairs = tuple((facet, value) for facet, value in chosen.items() if facet in FACETS and isinstance(value, str))
    search = LibrarySearch(text, areas, pairs, received.get("new") is True)
    try:
        search.query()
    except (UsageError, ValueError, OverflowError):  # a day that is none
        return None
    return search
