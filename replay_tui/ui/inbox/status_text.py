"""Status text of the inbox: below its rows, and in their place if there are none."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.text import sanitize
from replay_tui.ui.inbox.rows import NEWEST
from replay_tui.ui.inbox.state import InboxState


def status(state: InboxState) -> str:
    """How much is loaded and shown, in which order, by which filters, and what is going on."""
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
        yield "the gateway lists no more; narrow it with \\"


def why_empty(state: InboxState) -> str:
    """Why no row is shown, and what to do."""
    rows, listing = state.rows, state.listing
    if listing.failed:
        return f"The list did not come.\n\n{sanitize(listing.message)}\n\nctrl+r asks again."
    if listing.asking or listing.more:
        return "Looking further down the list …" if len(rows) else "Asking the gateway …"
    if len(rows):
        return f"None of the {len(rows):,} sessions passes the filter.\n\nesc shows all of them."
    return "No session passes the gateway's filters; \\ changes them." if state.filters else "No sessions yet."
