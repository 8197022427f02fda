"""Controller of the saved searches."""

from __future__ import annotations

from rich.text import Text

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError
from replay_tui.ui.find.searching import Searching
from replay_tui.ui.find.state import FindState
from replay_tui.ui.find.title import search_text
from replay_tui.ui.find.view import FindView
from replay_tui.ui.screens.dialogs import ChooseScreen


class Saving:
    """Saves the search with its narrowing and areas, and starts a saved one."""

    def __init__(self, state: FindState, view: FindView, searching: Searching) -> None:
        self._state, self._view, self._searching = state, view, searching

    def toggle(self) -> None:
        """Save the search, or remove it from the saved ones."""
        if not self._state.search.text:
            self._view.report("Type a text to search for first.")
            return
        try:
            is_saved = self._state.toggle_saved()
        except ReplayError as error:
            self._view.report(str(error))
            return
        self._view.report(
            "Search saved; M lists the saved ones." if is_saved else "Search removed from the saved ones."
        )
        self._view.show()

    def choose(self) -> None:
        """Ask for a saved search and start it."""
        saved = self._state.saved()
        if not saved:
            self._view.report("No search is saved. Press m to save the current one.")
            return

        def start(position: int | None) -> None:
            if position is not None:
                self._view.put_text(saved[position].text)
                self._searching.start(saved[position])
                self._view.focus_hits()

        lines = [Text(sanitize(search_text(one)), no_wrap=True) for one in saved]
        at = saved.index(self._state.search) if self._state.search in saved else 0
        self._view.ask(ChooseScreen("Saved searches", lines, at), start)
