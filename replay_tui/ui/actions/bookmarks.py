"""Bookmarks: set one with a note, go to one."""

from __future__ import annotations

from rich.text import Text

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.text import clean
from replay_tui.domain.times import format_short
from replay_tui.settings.state import StateStore
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen


class BookmarkActions(ReplayBase):
    """`store` keeps what is remembered of a session from one run to the next."""

    store: StateStore

    @property
    def session_key(self) -> str:
        """What bookmarks are kept under: the session's id, else the source's name."""
        return str(self.session.fields.id or self.recording.name)

    def action_bookmark(self) -> None:
        moment = self.transport.position

        def keep(note: str | None) -> None:
            if note is None:
                return
            try:
                self.bookmarks.put(moment, note)
            except ReplayError as error:
                self.say(str(error), severity="error")
                return
            self.collect_marks()
            self.say(f"Bookmarked {format_short(moment)}.")

        title = f"Bookmark {format_short(moment)}"
        self.app.push_screen(AskScreen(title, "a note, or nothing", lambda text: text), keep)

    def action_bookmarks(self) -> None:
        found = self.bookmarks.found
        if not found:
            self.say("No bookmarks in this session; m sets one.")
            return
        lines = [Text(f"{format_short(one.time)}  {clean(one.note)}") for one in found]

        def go(position: int | None) -> None:
            if position is not None:
                self.seek(found[position].time)

        self.app.push_screen(ChooseScreen("Bookmarks", lines), go)

    def remember_findings(self) -> None:
        """Let the list of sessions flag what the findings of this one deserve."""
        worst = max((one.severity for one in self.findings or []), key=lambda one: one.rank, default=None)
        if self.session.fields.id and worst:
            try:
                self.store.save_worst(str(self.session.fields.id), worst.value)
            except ReplayError as error:
                self.say(str(error), severity="warning")
