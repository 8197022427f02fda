"""State of the inbox: sessions, filters, marks, position, loading progress; the status line that describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from replay_tui.domain.text import pluralize, sanitize
from replay_tui.settings.state_store import SavedInboxState, StateStore
from replay_tui.ui.inbox.rows import NEWEST, InboxRow, InboxRows

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


def status_text(state: InboxState) -> str:
    """Return counts, order, filters and loading progress on one line, sanitized."""
    return " " + sanitize("   ".join(_parts(state)))


def _parts(state: InboxState) -> Iterator[str]:
    rows, listing = state.rows, state.listing
    loaded, shown = len(rows), len(rows.visible)
    yield f"{loaded:,} of {listing.total} loaded" if listing.total else f"{loaded:,} loaded"
    if shown != loaded:
        yield f"{shown:,} shown"
    partly = rows.sort != NEWEST and listing.more
    yield f"{rows.sort} first{' of those loaded' if partly else ''}"
    if rows.flagged:
        yield "flagged only"
    if rows.text:
        yield f"with '{rows.text}'"
    if state.filters:
        yield state.filters
    if listing.asking:
        yield "refreshing …" if listing.catching_up and loaded else "loading …"
    elif listing.failed:
        yield listing.message
    elif listing.at_limit:
        yield "the gateway lists no more sessions; \\ filters them"


def empty_reason(state: InboxState) -> str:
    """Return why the list is empty and what to do about it."""
    rows, listing = state.rows, state.listing
    if listing.failed:
        return f"The session list could not be loaded.\n\n{sanitize(listing.message)}\n\nctrl+r tries again."
    if listing.asking or listing.more:
        return "Searching more pages of the list …" if len(rows) else "Loading the session list …"
    if len(rows):
        return f"No matches in {pluralize(len(rows), 'session')}.\n\nesc shows all of them."
    return "No session matches the gateway filters; \\ changes them." if state.filters else "No sessions yet."
