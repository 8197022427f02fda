"""Opening a session of the list, and coming back to it."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.marking import Marking
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

OpenSession = Callable[[list[Session], int], object]
"""Called with the sessions as they are listed and the position of the chosen one."""


class Opening:
    """Hands the chosen session to `open_session`; the cursor follows the sessions that are opened from there on."""

    def __init__(
        self, state: InboxState, view: InboxView, paging: Paging, marking: Marking, open_session: OpenSession
    ) -> None:
        self._state, self._view, self._paging, self._marking = state, view, paging, marking
        self._open_session = open_session

    def choose(self) -> None:
        """Open the session under the cursor."""
        self._view.rows.action_choose()

    def open(self, session_id: str) -> None:
        """Open a listed session."""
        position = self._state.rows.position_of(session_id)
        if position is not None:
            self.visit(session_id)
            self._open_session([row.session for row in self._state.rows.visible], position)

    def visit(self, session_id: str) -> None:
        """Put the cursor on a session that is opened, and count it as seen."""
        self._state.visited = session_id
        position = self._state.rows.position_of(session_id)
        if position is not None:
            self._view.rows.move_to_item(position)
        self._marking.mark_seen(session_id)
        self._marking.remember_place()

    def come_back(self) -> None:
        """Show the list again; the session that was visited may have been decided on."""
        state, chosen = self._state, self._view.chosen
        state.read_marks()
        self._view.show(state.visited or (chosen.id if chosen else ""))
        if state.visited:
            self._paging.refresh_session(state.visited)
            state.visited = ""
