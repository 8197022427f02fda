"""Controller that finds the sessions that wait for the current user's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay_tui.gateway.review_policy import waits_for
from replay_tui.gateway.waiting import Waiting, find_waiting
from replay_tui.ui.inbox.state import InboxState
from replay_tui.ui.inbox.view import InboxView

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


class WaitingList:
    """Loads the list for the view "Waits for me", whatever the filters of the gateway are."""

    def __init__(self, state: InboxState, view: InboxView, client: GatewayClient) -> None:
        self._state, self._view, self._client = state, view, client

    def load(self) -> None:
        """Request the list again; the rows are updated in place."""
        self._state.waiting_failure = ""
        self._view.background.start(
            "loading what waits for you",
            lambda task: find_waiting(self._client.read, cancel=task.cancel),
            done=self._found,
            failed=self._failed,
            newest_wins=True,
        )

    def _found(self, waiting: Waiting) -> None:
        state, chosen = self._state, self._view.chosen
        state.waiting_known, state.waiting_complete = True, waiting.is_complete
        state.rows.put_waiting(waiting.sessions, lambda session: waits_for(session, waiting.user))
        self._view.show(state.going_to or (chosen.id if chosen else ""))
        self._view.rows_changed()

    def _failed(self, message: str) -> None:
        self._state.waiting_failure = message
        self._view.write_status()
