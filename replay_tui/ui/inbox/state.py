"""State of the inbox: sessions, filters, marks, position, and loading progress."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from replay_tui.settings.saved_inbox_state import SavedInboxState
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.inbox.rows import InboxRow, InboxRows

SAVED_ROWS_AHEAD = 100
"""Rows below the selected one that the next run loads at once."""


@dataclass(slots=True)
class Listing:
    """Loading progress of one list of the gateway.

    At least `depth` sessions are loaded: after a refresh as many as before it. `seen` are the ids received since then.
    `asking` is True while a page is requested, `failed` after a request failed with `message`. `more` is True if
    there are more pages, `at_limit` if the gateway refuses to list them.
    """

    depth: int = 0
    seen: set[str] = field(default_factory=set)
    asking: bool = False
    more: bool = True
    failed: bool = False
    at_limit: bool = False
    total: str = ""
    message: str = ""

    @property
    def catching_up(self) -> bool:
        """Return True while fewer than `depth` sessions were received."""
        return self.more and not self.failed and len(self.seen) < self.depth


class InboxState:
    """The session list of the gateway at the URL `base`, restored from the last run.

    `flagged` shows only flagged sessions, for this run. The cursor moves to the session with the id `going_to` when it
    is loaded; `visited` is the id of the session that is being replayed.
    """

    def __init__(self, store: StateStore, base: str, *, flagged: bool = False) -> None:
        self.store, self.base = store, base
        self.place = SavedInboxState.load(store, base)
        self.rows = InboxRows(text=self.place.text, flagged=flagged or self.place.flagged, sort=self.place.sort)
        self.flagged_for_this_run = flagged
        self.filters = self.place.filters
        self.listing = Listing()
        self.going_to, self.visited = self.place.session, ""
        self.marks: dict[str, str] = {}
        self.read_marks()

    def read_marks(self) -> None:
        """Read the reviewer's marks and the highest severities of replayed sessions."""
        self.marks, self.rows.max_severities = self.store.reviewed(), self.store.max_severities()
        self.rows.apply()

    def place_at(self, chosen: InboxRow | None) -> SavedInboxState:
        """Return the position in the list, with the cursor on `chosen`."""
        rows, place = self.rows, self.place
        if chosen is not None:
            place = replace(place, session=chosen.id, depth=min(len(rows), rows.depth_of(chosen) + SAVED_ROWS_AHEAD))
        flagged = place.flagged if self.flagged_for_this_run else rows.flagged
        return replace(place, sort=rows.sort, flagged=flagged, text=rows.text, filters=self.filters)
