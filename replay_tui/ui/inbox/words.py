"""What the inbox says below its rows, and in their place where there are none."""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.text import clean
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.rows import NEWEST, Rows


def state(rows: Rows, paging: Paging, filters: str) -> str:
    """How much is loaded and shown, in which order, by which filters, and what is going on."""
    return " " + clean("   ".join(_parts(rows, paging, filters)))


def _parts(rows: Rows, paging: Paging, filters: str) -> Iterator[str]:
    loaded, shown = len(rows), len(rows.shown)
    yield f"{loaded:,} of {paging.total} loaded" if paging.total else f"{loaded:,} loaded"
    if shown != loaded:
        yield f"{shown:,} shown"
    partly = rows.sort != NEWEST and paging.more
    yield f"{rows.sort} first{' of those loaded' if partly else ''}"
    if rows.flagged:
        yield "flagged only"
    if rows.text:
        yield f"with '{rows.text}'"
    if filters:
        yield filters
    if paging.asking:
        yield "refreshing …" if paging.catching_up and loaded else "loading …"
    elif paging.failed:
        yield paging.sentence
    elif paging.at_limit:
        yield "the gateway lists no more; narrow it with \\"


def why_empty(rows: Rows, paging: Paging, filters: str) -> str:
    """Why no row is shown, and what to do."""
    if paging.failed:
        return f"The list did not come.\n\n{clean(paging.sentence)}\n\nctrl+r asks again."
    if paging.asking or paging.more:
        return "Looking further down the list …" if len(rows) else "Asking the gateway …"
    if len(rows):
        return f"None of the {len(rows):,} sessions passes the filter.\n\nesc shows all of them."
    return "No session passes the gateway's filters; \\ changes them." if filters else "No sessions yet."
