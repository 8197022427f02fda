"""Splash screen: shown while the rest of the program is imported."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from replay_tui.domain.text import sanitize


class SplashScreen(Screen[None]):
    """Names the session being opened and keeps typed keys for the next screen."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.typed: list[events.Key] = []

    def compose(self) -> ComposeResult:
        frame = Static(Text(f"Opening {sanitize(self._name)} …", "dim"), id="starting", markup=False)
        frame.border_title = Text("replay-tui")
        yield frame

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if self.is_current:
            self.typed.append(event)
        else:  # the next screen opened while the key was in this screen's queue
            self.app.post_message(events.Key(event.key, event.character))
