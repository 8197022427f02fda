"""State of the inbox: the sessions, how the list is narrowed and marked, and how far it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from replay_tui.settings.saved_inbox_state import SavedInboxState
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.inbox.rows import InboxRow, InboxRows

AHEAD = 100
"""Sessions below the chosen one that are loaded with it the next time."""


@dataclass(slots=True)
class Listing:
    """One list of the gateway as far as it is loaded.

    `depth` sessions are wanted at least: as many as were there before, when a list is asked for again. `seen` are the
    ids that came since then. `asking` is true while a page is on its way, `failed` after one that did not come;
    `message` says why. `more` tells that there are more pages, `at_limit` that the gateway lists no more of them.
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
        """Return True while fewer sessions have come than are wanted at least."""
        return self.more and not self.failed and len(self.seen) < self.depth


class InboxState:
    """What is known of the list of the gateway at the address `base`, and what the user chose.

    It begins where one was the last time; `flagged` shows only flagged sessions, for this run. `going_to` is the id of
    the session that the cursor goes to once it is listed, `visited` that of the one that is being replayed.
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
        """Read the reviewer's marks and what was found in sessions that were replayed."""
        self.marks, self.rows.max_severities = self.store.reviewed(), self.store.max_severities()
        self.rows.apply()

    def place_at(self, chosen: InboxRow | None) -> SavedInboxState:
        """Return where the user is in the list, with the cursor on `chosen`."""
        rows, place = self.rows, self.place
        if chosen is not None:
            place = replace(place, session=chosen.id, depth=min(len(rows), rows.depth_of(chosen) + AHEAD))
        flagged = place.flagged if self.flagged_for_this_run else rows.flagged
        return replace(place, sort=rows.sort, flagged=flagged, text=rows.text, filters=self.filters)
