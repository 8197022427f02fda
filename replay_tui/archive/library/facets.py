"""Facets: how many hits there are by user, connection, day and verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from replay_tui.archive.library.find_query import FoundHit

FACETS = ("user", "connection", "day", "verb")
UNKNOWN = "unknown"


def facet_value(found: FoundHit, facet: str) -> str:
    """Return the value of a facet of a hit, such as its `day` (UTC); empty if unknown."""
    if facet == "day":
        moment = found.session.wall_clock(found.hit.time)
        return moment.date().isoformat() if moment else ""
    value: str = getattr(found.session, facet)
    return value


@dataclass
class Facets:
    """Counts of hits by facet and value (empty if unknown), the number of hits, and the sessions with hits."""

    hits: int = 0
    sessions: set[int] = field(default_factory=set)
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {facet: Counter() for facet in FACETS})

    def add(self, found: FoundHit) -> None:
        """Count a hit."""
        self.hits += 1
        self.sessions.add(found.session.n)
        for facet, counts in self.counts.items():
            counts[facet_value(found, facet)] += 1

    def counting(self, hits: Iterable[FoundHit]) -> Iterator[FoundHit]:
        """Yield the hits and count them."""
        for one in hits:
            self.add(one)
            yield one

    def named(self, facet: str) -> Counter[str]:
        """Return the counts of a facet, with a name for the unknown value."""
        found = Counter[str]()
        for value, count in self.counts[facet].items():
            found[value or UNKNOWN] += count
        return found

    def as_json(self) -> dict[str, object]:
        """Return the JSON object that `find --facets` prints."""
        return {
            "hits": self.hits,
            "sessions": len(self.sessions),
            **{f"by_{facet}": dict(self.named(facet).most_common()) for facet in FACETS},
        }
