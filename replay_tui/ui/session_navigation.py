"""Session navigation: the list of sessions, the one on screen, and the way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual.app import App
from textual.screen import Screen

from replay_tui.settings.state_store import StateStore
from replay_tui.ui.command_table import Place, place_of
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.domain.session import Session
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.ui.find.state import FindState
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
        self._find_state: FindState | None = None
        self._list_before_hit: tuple[list[SessionRef], int, tuple[str, ...]] | None = None

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
            archive=options.archive,
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

    def find(self) -> None:
        """Show the find screen: the one below a session that was opened from it, else a new one on top."""
        if place_of(self._app.screen) is Place.FIND:
            return
        if place_of(self._below) is Place.FIND:
            self._go_back()
            return
        from replay_tui.archive.library.library import default_folder
        from replay_tui.ui.find.state import FindState
        from replay_tui.ui.screens.find import FindScreen

        if self._find_state is None:
            self._find_state = FindState(self._store, self._options.archive or default_folder())
        self._app.push_screen(FindScreen(self._find_state, self._client, self._open_hit))

    def leave(self) -> None:
        """Go back to the find screen or the inbox, or quit if there is none."""
        if place_of(self._below) in (Place.INBOX, Place.FIND):
            self._go_back()
        elif not any(place_of(screen) in (Place.INBOX, Place.FIND) for screen in self._app.screen_stack):
            self._app.exit(0)

    def _go_back(self) -> None:
        if place_of(self._app.screen) is not Place.REPLAY:  # a second `q` arrived before the first one took effect
            return
        if place_of(self._below) is Place.FIND and self._list_before_hit:
            self.sessions, self.at, self._skipped = self._list_before_hit
            self._list_before_hit = None
        self._app.pop_screen()

    def _open_hit(self, ref: SessionRef, at: str, pattern: str) -> None:
        """Open a session of the library at a moment, over the find screen."""
        if place_of(self._app.screen) is not Place.FIND:  # left while the session was located
            return
        self._list_before_hit = self.sessions, self.at, self._skipped
        self.sessions, self.at, self._skipped = [ref], 0, ()
        options = replace(self._options, at=at, search=pattern, size=None, batch=False, play=False, follow=False)
        # It is in the library already, and its text may be all that is left of it.
        self._app.push_screen(self._replay_screen(replace(options, on_opened=lambda _ref: None)))

    @property
    def _below(self) -> Screen[Any] | None:
        """The screen below the replay screen, which dialogs may cover."""
        screens = list(self._app.screen_stack)
        at = next((at for at in reversed(range(len(screens))) if place_of(screens[at]) is Place.REPLAY), 0)
        return screens[at - 1] if at else None

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
