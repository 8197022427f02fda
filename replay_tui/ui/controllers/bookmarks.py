"""Bookmark commands, and the highest severity of a session, which the inbox shows."""

from __future__ import annotations

from rich.text import Text

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.finding import flagged
from replay_tui.domain.times import format_mmss
from replay_tui.ui.controllers.playback import Playback
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen


class BookmarkActions:
    """Sets and visits bookmarks, and saves the session's highest severity."""

    def __init__(self, state: ReplayState, screen: ScreenView, playback: Playback) -> None:
        self._state, self._screen, self._playback = state, screen, playback

    def load(self) -> None:
        """Load the session's bookmarks, by its id or else by the name of its source."""
        state = self._state
        state.bookmarks.load(str(state.session.fields.id or state.recording.name))
        state.changed(Aspect.MARKS)

    def add(self) -> None:
        """Ask for a note and set a bookmark at the playhead."""
        moment = self._state.player.position

        def keep(note: str | None) -> None:
            if note is None:
                return
            try:
                self._state.bookmarks.put(moment, note)
            except ReplayError as error:
                self._screen.say(str(error), severity="error")
                return
            self._state.changed(Aspect.MARKS)
            self._screen.say(f"Bookmarked {format_mmss(moment)}.")

        title = f"Bookmark {format_mmss(moment)}"
        self._screen.ask(AskScreen(title, "note (optional)", lambda text: text, confirm="Save"), keep)

    def choose(self) -> None:
        """Show the bookmarks and go to the chosen one."""
        found = self._state.bookmarks.found
        if not found:
            self._screen.say("No bookmarks in this session. Press m to set one.")
            return
        lines = [Text(f"{format_mmss(one.time)}  {sanitize(one.note)}") for one in found]

        def go(position: int | None) -> None:
            if position is not None:
                self._playback.seek(found[position].time)

        self._screen.ask(ChooseScreen("Bookmarks", lines), go)

    def remember_findings(self) -> None:
        """Save the highest severity of the findings, by which the inbox flags the session."""
        state = self._state
        worst = max((one.severity for one in flagged(state.findings or [])), key=lambda one: one.rank, default=None)
        if state.session.fields.id and worst:
            try:
                state.store.save_max_severity(str(state.session.fields.id), worst.value)
            except ReplayError as error:
                self._screen.say(str(error), severity="warning")
