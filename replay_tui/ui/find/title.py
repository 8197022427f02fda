"""Texts of the find screen: its title, its last line, and what an empty list says."""

from __future__ import annotations

from msgspec.structs import replace

from replay_tui.archive.library.facets import UNKNOWN
from replay_tui.domain.display_text import pluralize
from replay_tui.ui.find.state import FindState, LibrarySearch

NEW = "only what is new for its user"
HOW_TO_FILL = (
    "To fill the library, run one of",
    "  replay-tui archive add FILES or FOLDERS",
    "  replay-tui archive add --gateway --since 30d",
    "or write archive = true in the settings (replay-tui config path): then each session that you open is added.",
    "",
    "esc goes back: there / searches the session, and F lists the findings of all sessions that were given.",
)
HOW_TO_SEARCH = (
    "Type a text, or /a regular expression/. Lower case ignores case.",
    "Enter goes to the results, and opens the session at the moment of the selected one.",
    "Enter without a text lists the saved searches.",
)


def search_text(search: LibrarySearch) -> str:
    """Return a search with its areas and chosen values; not sanitised."""
    areas = () if search.areas == "everything" else (f"in {search.areas}",)
    chosen = (f"{facet} {value or UNKNOWN}" for facet, value in search.chosen)
    return " · ".join((search.text, *areas, *chosen, *([NEW] if search.new_only else ())))


def title_text(state: FindState) -> str:
    """Return the title of the list; not sanitised."""
    search, parts = state.search, ["Find in the library"]
    if search.text:
        parts += search_text(replace(search, text="")).split(" · ", 1)[1:]
    if state.total:
        parts.append(f"{pluralize(state.total, 'hit')} in {pluralize(state.sessions, 'session')}")
    if state.total > len(state.hits):
        parts.append(f"the newest {len(state.hits):,} are listed")
    return " · ".join(parts)


def status_text(state: FindState) -> str:
    """Return the last line: what was not searched, or what the library has."""
    if state.is_searching:
        return "searching… esc stops"
    if state.message and state.hits:  # an empty list shows it itself
        return f"{state.message} The search is not complete."
    return state.coverage or state.library


def empty_text(state: FindState) -> str:
    """Return what stands in an empty list; not sanitised."""
    if state.message:
        return state.message
    if state.is_empty:
        first = state.library if not state.library.startswith("0 ") else "The library has no sessions."
        return "\n".join((first, "", *HOW_TO_FILL))
    if not state.search.text:
        return "\n".join(HOW_TO_SEARCH)
    if state.is_searching:
        return "searching…"
    narrowed = " Backspace removes the narrowing." if state.search.chosen else ""
    narrowed += " n shows also what is not new." if state.search.new_only else ""
    nothing = "No hits in what was searched." if state.is_partial else "No hits."
    return f"{nothing}{narrowed}"
