"""Leaving, helping, copying, and going from one session to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.screens.help import HelpScreen

if TYPE_CHECKING:
    from replay_tui.ui.app import ReplayApp


class SessionActions(ReplayBase):
    """What is left of the keys."""

    @property
    def replay_app(self) -> ReplayApp:
        """The application, which knows the other sessions."""
        from replay_tui.ui.app import ReplayApp

        assert isinstance(self.app, ReplayApp)
        return self.app

    def action_session(self, direction: int) -> None:
        self.replay_app.open_neighbour(direction)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen())

    def action_copy(self) -> None:
        if self.server and not self.server.copy_allowed:
            self.say("The gateway has switched copying off.", severity="warning")
            return
        text = self.stage.copyable(self.focused)
        if text:
            self.app.copy_to_clipboard(text)
            lines = text.count("\n") + 1
            self.say(f"Copied {lines} line{'s' if lines > 1 else ''}.")
        else:
            self.say("There is nothing to copy here.")

    def action_close(self) -> None:
        if not (self.close_overlay() or self.close_filter() or self.forget_hits()):
            self.give_up_reading()

    def action_leave(self) -> None:
        if not self.close_overlay():
            self.replay_app.leave()
