"""Marks: which sessions were seen or reviewed, and where the user is in the list; kept from one run to the next."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.errors import ReplayError
from replay_tui.settings.state_store import SEEN
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView
from replay_tui.ui.screens.dialogs import AskScreen


class Marking:
    """Writes to the state folder; a failure is shown as a notice."""

    def __init__(self, state: InboxState, view: InboxView) -> None:
        self._state, self._view = state, view

    def mark(self) -> None:
        """Mark the chosen session as reviewed, with a note, or take the mark away."""
        row = self._view.chosen
        if row is None:
            return
        if self._state.marks.get(row.id, SEEN) != SEEN:
            self._set(row.id, SEEN)
            self._view.show(row.id)
            return

        def keep(note: str | None) -> None:
            if note is not None:
                self._set(row.id, note or "reviewed")
                self._view.show(row.id)

        self._view.ask(AskScreen("Mark as reviewed", "a note, or nothing", lambda text: text), keep)

    def mark_seen(self, session_id: str) -> None:
        """Mark a session as seen, unless it has a mark."""
        if session_id not in self._state.marks:
            self._set(session_id, SEEN)

    def remember_place(self) -> None:
        """Keep where the user is in the list."""
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
