"""Commands on the session list: neighbours, the batch of the session, the findings of all sessions."""

from __future__ import annotations

from replay_tui.domain.text import sanitize, truncate
from replay_tui.ui.background import DONE, Task, TaskProgress
from replay_tui.ui.batch import Batch, batch_of
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.controllers.view import View
from replay_tui.ui.list_findings import ListFinding
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screen_view import Navigator, ScreenView
from replay_tui.ui.screens.list_findings import ListFindingsScreen
from replay_tui.ui.session_ref import SessionRef


class SessionList:
    """Opens other sessions of the list, and replaces the list by the batch of the current session."""

    def __init__(
        self, state: ReplayState, screen: ScreenView, navigator: Navigator, playback: Playback, view: View
    ) -> None:
        self._state, self._screen, self._navigator = state, screen, navigator
        self._playback, self._view = playback, view
        self._show_place()

    def _show_place(self) -> None:
        at, count = self._navigator.at, len(self._navigator.sessions)
        self._state.list_position = f"{at + 1:,} of {count:,}" if count > 1 else ""

    def neighbour(self, direction: int) -> None:
        """Open the next (1) or previous (-1) session of the list, or the one `direction` positions further on."""
        if not self._navigator.open_neighbour(direction):
            self._screen.say(f"No {'later' if direction > 0 else 'earlier'} session in the list.")
            self._show_place()

    def batch(self) -> None:
        """Make the sessions of the same batch or correlation id the list."""
        ref, session = self._state.ref, self._state.session
        if not self._state.has_recording and ref.client is None:
            self._screen.say("The batch is available once the session is loaded.")
            return

        def work(task: Task) -> tuple[Batch, list[SessionRef], int]:
            def report(done: int, total: int) -> None:
                task.deliver(self._state.show_progress, TaskProgress("looking up the batch", done / total))

            return batch_of(ref, session, task.cancel, report)

        self._screen.background.start(
            "looking up the batch", work, done=self._batch_found, failed=self._batch_failed, newest_wins=True
        )

    def _batch_failed(self, message: str) -> None:
        self._state.progress = DONE
        self._screen.say(message, severity="warning")

    def _batch_found(self, found: tuple[Batch, list[SessionRef], int]) -> None:
        self._state.progress = DONE
        batch, refs, at = found
        name, count = truncate(sanitize(batch.display_text), 60), len(refs)
        if count == 1:  # the list stays
            self._screen.say(f"No other session of {name} found.")
            return
        self._navigator.set_session_list(refs, at)
        self._show_place()
        message = f"Session {at + 1} of {count} of {name}. Press {{ and }} for the others, F for their findings."
        self._screen.say(message)

    def findings(self) -> None:
        """Show the findings of all sessions of the list; the chosen one opens its session at its moment."""
        navigator = self._navigator
        if len(navigator.sessions) < 2:
            self._screen.say("No other session in the list. Press B for the sessions of the same batch.")
            return

        def go(row: ListFinding | None) -> None:
            if row is None:
                return
            if row.position == navigator.at:
                self._playback.seek(row.finding.time)
                self._screen.uncover()
            else:
                navigator.open_session(row.position, row.finding.time)

        self._screen.ask(ListFindingsScreen(navigator.findings_of_list(), navigator.at), go)

    def leave(self) -> None:
        """Close the topmost overlay, else go back to the inbox, else quit."""
        if not self._view.close_overlay():
            self._navigator.leave()
