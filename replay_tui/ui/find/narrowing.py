"""Controller of the facets: a chosen value narrows the search to its hits, and widens it if it is chosen again."""

from __future__ import annotations

from msgspec.structs import replace

from replay_tui.ui.find.lines import FacetRow
from replay_tui.ui.find.searching import Searching
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.view import FindView


class HitNarrowing:
    """Narrows the search by user, connection, day and verb; one value of each."""

    def __init__(self, state: FindState, view: FindView, searching: Searching) -> None:
        self._state, self._view, self._searching = state, view, searching

    def toggle_facets(self) -> None:
        """Go to the facets, or back to the hits."""
        self._view.toggle_facets()

    def choose(self, row: FacetRow) -> None:
        """Narrow the search to a value, or no longer if it is the chosen one. A heading does nothing."""
        if row.value is None:
            return
        others = tuple(one for one in self._state.search.chosen if one[0] != row.facet)
        chosen = others if row.is_chosen else (*others, (row.facet, row.value))
        self._searching.start(replace(self._state.search, chosen=chosen))

    def widen(self) -> bool:
        """Remove the value that was chosen last; return False if there is none."""
        chosen = self._state.search.chosen
        if chosen:
            self._searching.start(replace(self._state.search, chosen=chosen[:-1]))
        return bool(chosen)

    def clear(self) -> None:
        """Remove all chosen values."""
        if self._state.search.chosen:
            self._searching.start(replace(self._state.search, chosen=()))
