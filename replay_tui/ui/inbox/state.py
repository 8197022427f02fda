"""State of the inbox: sessions, filters, marks, position, loading progress."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from replay_tui.settings.state_store import SavedInboxState, StateStore
from replay_tui.ui.inbox.rows import InboxRow, InboxRows, InboxTab

AUTOMATIC_ROWS = 2_000
"""Sessions that are loaded to fill the view: a filter that nothing passes must not read a gateway's whole history."""
SAVED_ROWS_AHEAD = 100
"""Rows below the selected one that the next run loads at once."""


class Listing(Struct):
    """Loading progress of one list of the gateway.

    At least `depth` sessions are loaded: after a refresh as many as before it. `seen` are the ids received since then.
    Up to `allowed` sessions are loaded while a filter hides most of them; moving to the end of the list allows more.
    `asking` is True while a page is requested, `failed` after a request failed with `message`. `more` is True if
    there are more pages, `at_limit` if the gateway refuses to list them.
    """

    depth: int = 0
    seen: set[str] = field(default_factory=set)
    allowed: int = AUTOMATIC_ROWS
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
    is loaded; `visited` are the ids of the sessions that were opened since, the latest last. `preview` is True or False
    once the user chose whether there is a preview, None while the width of the terminal decides. `has_archived` is True
    if the library has any of the sessions.
    """

    def __init__(self, store: StateStore, base: str, *, flagged: bool = False) -> None:
        self.store, self.base = store, base
        self.place = SavedInboxState.load(store, base)
        view = InboxTab.FLAGGED if flagged or self.place.flagged else InboxTab.ALL
        self.rows = InboxRows(text=self.place.text, view=view, sort=self.place.sort)
        self.flagged_for_this_run = flagged
        self.filters = self.place.filters
        self.listing = Listing()
        self.going_to = self.place.session
        self.visited: list[str] = []
        self.waiting_known, self.waiting_complete, self.waiting_failure = False, True, ""
        self.reading_failure = ""
        self.refresh_count = 0
        self.has_archived = False
        self.preview: bool | None = None
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
        flagged = place.flagged if self.flagged_for_this_run else rows.view is InboxTab.FLAGGED
        return replace(place, sort=rows.saved_sort, flagged=flagged, text=rows.text, filters=self.filters)
