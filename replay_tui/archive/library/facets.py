"""Facets: how many hits there are by user, connection, day and verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from replay_tui.archive.library.find_query import FoundHit

FACETS = ("user", "connection", "day", "verb")
UNKNOWN = "unknown"


@dataclass
class Facets:
    """Counts of hits by facet and value, the number of hits, and of the sessions with hits."""

    hits: int = 0
    sessions: set[int] = field(default_factory=set)
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {facet: Counter() for facet in FACETS})

    def add(self, found: FoundHit) -> None:
        """Count a hit."""
        session = found.session
        self.hits += 1
        self.sessions.add(session.n)
        moment = session.wall_clock(found.hit.time)
        values = (session.user, session.connection, moment.date().isoformat() if moment else "", session.verb)
        for facet, value in zip(FACETS, values, strict=True):
            self.counts[facet][value or UNKNOWN] += 1

    def counting(self, hits: Iterable[FoundHit]) -> Iterator[FoundHit]:
        """Yield the hits and count them."""
        for one in hits:
            self.add(one)
            yield one

    def as_json(self) -> dict[str, object]:
        """Return the JSON object that `find --facets` prints."""
        return {
            "hits": self.hits,
            "sessions": len(self.sessions),
            **{f"by_{facet}": dict(counts.most_common()) for facet, counts in self.counts.items()},
        }
