"""What to find in a library, and what is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from replay_tui.archive.library.selection import Selection
from replay_tui.archive.library.sessions import LibrarySession
from replay_tui.domain.errors import UsageError
from replay_tui.domain.statement import Novelty
from replay_tui.search.query import Query
from replay_tui.search.search import SEARCH_AREAS, Hit

FIND_AREAS = (*SEARCH_AREAS, "findings")


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
