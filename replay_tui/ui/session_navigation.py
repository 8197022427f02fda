"""Session navigation: the list of sessions, the one on screen, and the way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from replay_tui.settings.state_store import StateStore
from replay_tui.ui.commands import Place, place_of
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.domain.session import Session
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.ui.list_findings import ListFindings
    from replay_tui.ui.screens.inbox import InboxScreen
    from replay_tui.ui.screens.replay import ReplayScreen


class SessionNavigation:
    """Opens sessions on the screen stack of `app`; the `Navigator` of the replay screens.

    `at` is the position in `sessions` of the session on screen. The list is the one given, the one of the inbox as it
    was shown when a session was opened from it, or the batch of a session.
    """

    def __init__(
        self,
        app: App[int],
        sessions: Sequence[SessionRef],
        at: int,
        options: LaunchOptions,
        *,
        clock: Callable[[], float],
        store: StateStore,
        client: GatewayClient | None,
    ) -> None:
        self._app, self.sessions, self.at, self._options = app, list(sessions), at, options
        self._clock, self._store, self._client = clock, store, client
        self._inbox_list: list[SessionRef] | None = None
        self._skipped: tuple[str, ...] = ()
        self._findings: ListFindings | None = None

    def first_screen(self) -> Screen[None]:
        """Return the screen that the program starts with: a replay, or the inbox if only a gateway was given."""
        if self.sessions or not self._client:
            return self._replay_screen(self._options)
        from replay_tui.ui.screens.inbox import InboxScreen

        options = self._options
        return InboxScreen(
            self._client,
            self._store,
            self._open_from_inbox,
            flagged=options.flagged,
            rules=options.rules,
            encoding=options.encoding,
        )

    def open_neighbour(self, direction: int) -> bool:
        """Open the session `direction` positions further on in the list; return False if the list ends before."""
        inbox = self._inbox if self.sessions is self._inbox_list else None
        if inbox:  # it may have loaded more pages since
            self._take_inbox_list(inbox.sessions, self.sessions[self.at].path)
        if not 0 <= self.at + direction < len(self.sessions):
            return False
        self.open_session(self.at + direction)
        return True

    def open_session(self, position: int, at: float | None = None) -> None:
        """Replace the session on screen by the one at `position` of the list, at `at` seconds if given."""
        self.at = position
        if self._inbox and self.sessions[position].client:
            self._inbox.visit(self.sessions[position].path)
        moment = None if at is None else repr(at)
        self._app.clear_notifications()  # they were about the previous session
        self._app.switch_screen(self._replay_screen(replace(self._options, at=moment, size=None, batch=False)))

    def set_session_list(self, sessions: Sequence[SessionRef], at: int, skipped: Sequence[str] = ()) -> None:
        """Replace the list; the session on screen stays open and is the one at `at`.

        `skipped` are sentences about sessions that are missing in the list; its findings repeat them.
        """
        if tuple(skipped) != self._skipped:
            self._skipped, self._findings = tuple(skipped), None
        self.sessions, self.at = list(sessions), at

    def findings_of_list(self) -> ListFindings:
        """Return the findings of the list's sessions as far as they are known."""
        from replay_tui.ui.list_findings import ListFindings

        if self._findings is None or list(self._findings.sessions) != self.sessions:
            self._findings = ListFindings(list(self.sessions), self._options.rules, notes=list(self._skipped))
        return self._findings

    def leave(self) -> None:
        """Go back to the inbox, or quit if there is no inbox."""
        if not self._inbox:
            self._app.exit(0)
        elif place_of(self._app.screen) is Place.REPLAY:  # a second `q` may arrive before the first one took effect
            self._app.pop_screen()

    @property
    def _inbox(self) -> InboxScreen | None:
        screens: list[Any] = self._app.screen_stack
        return next((screen for screen in screens if place_of(screen) is Place.INBOX), None)

    def _replay_screen(self, options: LaunchOptions) -> ReplayScreen:
        from replay_tui.ui.screens.replay import ReplayScreen

        ref = self.sessions[self.at]
        if ref.preloaded and ref.path != "-":  # the iterator is used up, so the next time the source is read again
            self.sessions[self.at] = replace(ref, preloaded=None)
        return ReplayScreen(ref, options, self._clock, self, self._store)

    def _take_inbox_list(self, rows: list[Session], session_id: str) -> None:
        """Make the inbox's rows the list, unless they no longer include `session_id`."""
        position = next((at for at, one in enumerate(rows) if str(one.fields.id) == session_id), None)
        if position is not None:
            self._inbox_list = [
                SessionRef(
                    str(one.fields.id), one.display_connection, client=self._client, encoding=self._options.encoding
                )
                for one in rows
            ]
            self.sessions, self.at, self._skipped = self._inbox_list, position, ()

    def _open_from_inbox(self, rows: list[Session], position: int) -> None:
        self._take_inbox_list(rows, str(rows[position].fields.id))
        self._app.push_screen(self._replay_screen(self._options))
