"""Controller that opens a session of the inbox and restores the list afterwards."""

from __future__ import annotations

from collections.abc import Callable

from replay_tui.domain.session import Session
from replay_tui.ui.inbox.marking import Marking
from replay_tui.ui.inbox.paging import Paging
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

MAX_REFRESHED = 50
"""Visited sessions that are requested again."""
OpenSession = Callable[[list[Session], int], object]
"""Called with the sessions in list order and the position of the selected one."""


class SessionOpening:
    """Passes the selected session to `open_session`; the cursor follows the sessions that the replay screen opens."""

    def __init__(
        self, state: InboxState, view: InboxView, paging: Paging, marking: Marking, open_session: OpenSession
    ) -> None:
        self._state, self._view, self._paging, self._marking = state, view, paging, marking
        self._open_session = open_session

    def choose(self) -> None:
        """Open the session under the cursor."""
        self._view.rows.action_choose()

    def open(self, session_id: str) -> None:
        """Open a session of the list by id; ignored if it is not listed."""
        position = self._state.rows.position_of(session_id)
        if position is not None:
            self.visit(session_id)
            self._open_session([row.session for row in self._state.rows.visible], position)

    def visit(self, session_id: str) -> None:
        """Move the cursor to an opened session and mark it as seen."""
        self._state.visited = [*(one for one in self._state.visited if one != session_id), session_id]
        position = self._state.rows.position_of(session_id)
        if position is not None:
            self._view.rows.move_to_item(position)
        self._marking.mark_seen(session_id)
        self._marking.remember_place()

    def come_back(self) -> None:
        """Refresh what waits for the user and the visited sessions, whose reviews may have changed."""
        state, chosen = self._state, self._view.chosen
        state.read_marks()
        self._view.show(state.visited[-1] if state.visited else chosen.id if chosen else "")
        for session_id in state.visited[-MAX_REFRESHED:]:
            self._paging.refresh_session(session_id)
        if state.visited:
            state.visited = []
            self._paging.refresh_waiting()
