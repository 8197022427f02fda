"""The bookmarks of one session, kept in the state folder."""

from __future__ import annotations

from replay_tui.domain.bookmark import Bookmark
from replay_tui.settings.state_store import StateStore


class Bookmarks:
    """`found` holds the bookmarks in the order of time. `key` is what they are kept under."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self.key = ""
        self.found: list[Bookmark] = []

    def load(self, key: str) -> None:
        """Read those of a session."""
        self.key, self.found = key, self._store.bookmarks(key)

    def put(self, seconds: float, note: str) -> None:
        """Set a bookmark, in place of one at the same moment. Raises `ReplayError` where it cannot be kept."""
        kept = sorted([*(one for one in self.found if one.time != seconds), Bookmark(seconds, note)])
        self._store.save(self.key, kept)
        self.found = kept
