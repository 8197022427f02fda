"""Commands on the session list: neighbours, the batch of the session, the findings of all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from replay_tui.domain.display_text import pluralize, sanitize, truncate
from replay_tui.gateway.waiting import Waiting, find_waiting
from replay_tui.ui.background import DONE, Task, TaskProgress
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.controllers.view import View
from replay_tui.ui.list_findings import ListFinding
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screen_view import Navigator, ScreenView
from replay_tui.ui.screens.list_findings import ListFindingsScreen

if TYPE_CHECKING:
    from replay_tui.archive.batch import BatchResult

MAX_NAMED_SKIPPED = 2
"""Skipped sessions that the notice names; the dialog of all findings names all."""
MAX_SKIPPED_CHARS = 160


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

        def work(task: Task) -> BatchResult:
            from replay_tui.archive.batch import find_batch

            def report(done: int, total: int) -> None:
                task.deliver(self._state.show_progress, TaskProgress("looking up the batch", done / total))

            return find_batch(ref.source, session, task.cancel, report)

        self._screen.background.start(
            "looking up the batch", work, done=self._batch_found, failed=self._batch_failed, newest_wins=True
        )

    def _batch_failed(self, message: str) -> None:
        self._state.progress = DONE
        self._screen.say(message, severity="warning")

    def _batch_found(self, found: BatchResult) -> None:
        self._state.progress = DONE
        name, count = truncate(sanitize(found.batch.display_text), 60), len(found.members)
        skipped = [truncate(sanitize(one), MAX_SKIPPED_CHARS) for one in found.skipped]
        if count == 1:  # the list stays
            message = f"No other session of {name} found."
        else:
            own = replace(self._state.ref, preloaded=None)
            refs = [replace(own, path=one.source.location, title=one.session.title) for one in found.members]
            self._navigator.set_session_list(refs, found.at, skipped)
            self._show_place()
            keys = "Press { and } for the others, F for their findings."
            message = f"Session {found.at + 1} of {count} of {name}. {keys}"
        named = skipped[:MAX_NAMED_SKIPPED]
        if len(skipped) > len(named):
            named.append(f"and {pluralize(len(skipped) - len(named), 'more session')} not listed")
        self._screen.say("\n".join([message, *named]), severity="warning" if skipped else "information")

    def next_waiting(self) -> None:
        """Open the next session that waits for the user's decision; those that wait become the list."""
        client = self._state.ref.client
        if client is None:
            self._screen.say("Only sessions of a gateway wait for a decision.")
            return
        self._screen.background.start(
            "looking up what waits for you",
            lambda task: find_waiting(client.read, cancel=task.cancel),
            done=self._open_waiting,
            newest_wins=True,
        )

    def _open_waiting(self, waiting: Waiting) -> None:
        """Open the session whose review was requested after that of the current one, else the oldest."""
        own = replace(self._state.ref, preloaded=None)
        others = [one for one in waiting.sessions if str(one.fields.id) != own.path]
        if not others:
            self._screen.say("Nothing else waits for you.")
            return
        asked = self._state.session.requested_at
        later = (at for at, one in enumerate(others) if asked and one.requested_at and one.requested_at > asked)
        refs = [replace(own, path=str(one.fields.id), title=one.title) for one in others]
        position = next(later, 0)
        self._navigator.set_session_list(refs, position)
        self._navigator.open_session(position)

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
