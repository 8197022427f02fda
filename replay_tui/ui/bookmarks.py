"""The bookmarks of one session, kept in the state folder."""

from __future__ import annotations

from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.settings.state_store import StateStore


class Bookmarks:
    """`found` has the bookmarks ordered by time; `key` identifies the session in the state folder."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self.key = ""
        self.found: list[Bookmark] = []

    def load(self, key: str) -> None:
        """Read the bookmarks of the session `key`."""
        self.key, self.found = key, self._store.bookmarks(key)

    @property
    def review_note(self) -> str | None:
        """The note of the session if it is marked as reviewed, else None."""
        return self._store.review_note(self.key)

    def put(self, seconds: float, note: str) -> None:
        """Set a bookmark, replacing one at the same moment. Raises `ReplayError` if it cannot be saved."""
        kept = sorted([*(one for one in self.found if one.time != seconds), Bookmark(seconds, note)])
        self._store.save(self.key, kept)
        self.found = kept
