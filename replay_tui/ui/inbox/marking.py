"""Controller of seen and reviewed marks and of the list position, which are saved between runs."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.errors import ReplayError
from replay_tui.settings.state_store import SEEN
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.screens.dialogs import AskScreen


class Marking:
    """Saves marks in the state folder; a failure is shown as a notice."""

    def __init__(self, state: InboxState, view: InboxView) -> None:
        self._state, self._view = state, view

    def mark(self) -> None:
        """Mark the selected session as reviewed, with an optional note, or remove the mark."""
        row = self._view.chosen
        if row is None:
            return
        if self._state.marks.get(row.id, SEEN) != SEEN:
            self._set(row.id, SEEN)
            self._view.show(row.id)
            return

        def apply(note: str | None) -> None:
            if note is not None:
                self._set(row.id, note or "reviewed")
                self._view.show(row.id)

        self._view.ask(AskScreen("Mark as reviewed", "note (optional)", lambda text: text, confirm="Save"), apply)

    def mark_seen(self, session_id: str) -> None:
        """Mark a session as seen unless it has a mark."""
        if session_id not in self._state.marks:
            self._set(session_id, SEEN)

    def remember_place(self) -> None:
        """Save the position in the list."""
        state = self._state
        place = state.place_at(self._view.chosen)
        if place != state.place:
            state.place = place
            self._write(lambda: place.save(state.store, state.base))

    def _set(self, session_id: str, note: str) -> None:
        state = self._state
        state.marks = {**state.marks, session_id: note}
        self._write(lambda: state.store.save_reviewed(state.marks))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ReplayError as error:
            self._view.report(str(error))
