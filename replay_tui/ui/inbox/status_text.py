"""Texts about the state of the inbox: title, tabs, status line, and the reason why the list is empty."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.ui.inbox.orders import NEWEST, ORDERS
from replay_tui.ui.inbox.rows import InboxTab
from replay_tui.ui.inbox.state import InboxState


def title_text(state: InboxState, gateway: str) -> str:
    """Return the title of the list with the number of sessions that wait for the user, sanitized."""
    count = state.rows.counts[InboxTab.MINE]
    waiting = f" · {_waiting_count(state)} {'waits' if count == 1 else 'wait'} for you" if count else ""
    return sanitize(f"Sessions · {gateway}{waiting}")


def tab_counts(state: InboxState) -> dict[InboxTab, str]:
    """Return the number in each tab. A plus sign means that there are more, or may be more."""
    counts, listing = state.rows.counts, state.listing
    more = "+" if listing.more else ""
    unknown = "+" if listing.more or state.rows.judged < len(state.rows) else ""
    return {
        InboxTab.ALL: listing.total if listing.total not in ("", "?") else f"{counts[InboxTab.ALL]}{more}",
        InboxTab.MINE: _waiting_count(state),
        InboxTab.FLAGGED: f"{counts[InboxTab.FLAGGED]}{unknown}",
        InboxTab.LIVE: f"{counts[InboxTab.LIVE]}{more}",
    }


def _waiting_count(state: InboxState) -> str:
    if not state.waiting_known:
        return "?" if state.waiting_failure else "…"
    return f"{state.rows.counts[InboxTab.MINE]}{'' if state.waiting_complete else '+'}"


def status_text(state: InboxState) -> str:
    """Return counts, order, filters and loading progress on one line, sanitized."""
    return " " + sanitize("   ".join(filter(None, _parts(state))))


def _parts(state: InboxState) -> Iterator[str]:
    rows, listing = state.rows, state.listing
    order, shown = ORDERS[rows.sort], len(rows.visible)
    if rows.view is InboxTab.MINE:
        yield from _waiting_parts(state)
        return
    loaded = len(rows)
    yield f"{loaded:,} of {listing.total} loaded" if listing.total else f"{loaded:,} loaded"
    if shown != loaded:
        yield f"{shown:,} shown"
    if rows.judged < loaded:
        yield f"{rows.judged:,} of {loaded:,} judged"
    if rows.unreadable:
        yield f"{rows.unreadable:,} could not be read"
    partly = order.name != NEWEST and listing.more
    yield f"{order.label}{' of those loaded' if partly else ''}"
    if rows.view is InboxTab.FLAGGED:
        yield "flagged only"
    if rows.view is InboxTab.LIVE:
        yield "running only"
    if rows.text:
        yield f"with '{rows.text}'"
    if state.filters:
        yield state.filters
    yield _progress_text(state)


def _progress_text(state: InboxState) -> str:
    """Return what is being loaded, or why no more is."""
    listing, loaded = state.listing, len(state.rows)
    if listing.asking:
        return "refreshing …" if listing.catching_up and loaded else "loading …"
    if listing.failed:
        return listing.message
    if state.reading_failure:
        return "reading stopped, ctrl+r tries again"
    if listing.at_limit:
        return "the gateway lists no more sessions; \\ filters them"
    return "end loads more" if listing.more and loaded >= listing.allowed else ""


def _waiting_parts(state: InboxState) -> Iterator[str]:
    rows = state.rows
    count, shown = rows.counts[InboxTab.MINE], len(rows.visible)
    yield f"{pluralize(count, 'session')} {'waits' if count == 1 else 'wait'} for you"
    if shown != count:
        yield f"{shown:,} shown"
    yield ORDERS[rows.sort].label
    if rows.text:
        yield f"with '{rows.text}'"
    if state.waiting_failure:
        yield f"{state.waiting_failure} ctrl+r tries again."
    elif not state.waiting_known:
        yield "loading …"
    elif not state.waiting_complete:
        yield "there are more pending reviews than were searched"


def empty_reason(state: InboxState) -> str:
    """Return why the list is empty and what to do about it."""
    rows, listing = state.rows, state.listing
    if rows.view is InboxTab.MINE:
        return _nothing_waits(state)
    if listing.failed:
        return f"The session list could not be loaded.\n\n{sanitize(listing.message)}\n\nctrl+r tries again."
    if listing.asking or (listing.more and len(rows) < listing.allowed):
        return "Searching more pages of the list …" if len(rows) else "Loading the session list …"
    if len(rows):
        return "\n\n".join(_no_matches(state))
    return "No session matches the gateway filters; \\ changes them." if state.filters else "No sessions yet."


def _no_matches(state: InboxState) -> Iterator[str]:
    rows, listing = state.rows, state.listing
    yield f"No matches in {pluralize(len(rows), 'session')}."
    unjudged = len(rows) - rows.judged
    if rows.view is InboxTab.FLAGGED and unjudged:
        yield f"The risk of {pluralize(unjudged, 'session')} is not known{'' if rows.unreadable else ' yet'}."
    yield "esc shows all of them."
    if listing.more:
        yield "end loads more of the list."


def _nothing_waits(state: InboxState) -> str:
    if state.waiting_failure:
        message = sanitize(state.waiting_failure)
        return f"What waits for you could not be loaded.\n\n{message}\n\nctrl+r tries again."
    if not state.waiting_known:
        return "Loading what waits for you …"
    if count := state.rows.counts[InboxTab.MINE]:
        return f"No matches in {pluralize(count, 'session')}.\n\nesc shows all of them."
    more = "" if state.waiting_complete else " among those that were searched"
    return f"Nothing waits for you{more}.\n\nesc shows all sessions."
