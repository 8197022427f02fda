"""Status line of the inbox, and the message that replaces an empty list."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.text import pluralize, sanitize
from replay_tui.ui.inbox.rows import NEWEST
from replay_tui.ui.inbox.state import InboxState


def status(state: InboxState) -> str:
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


def why_empty(state: InboxState) -> str:
    """Return why the list is empty and what to do about it."""
    rows, listing = state.rows, state.listing
    if listing.failed:
        return f"The session list could not be loaded.\n\n{sanitize(listing.message)}\n\nctrl+r tries again."
    if listing.asking or listing.more:
        return "Searching more pages of the list …" if len(rows) else "Loading the session list …"
    if len(rows):
        return f"No matches in {pluralize(len(rows), 'session')}.\n\nesc shows all of them."
    return "No session matches the gateway filters; \\ changes them." if state.filters else "No sessions yet."
