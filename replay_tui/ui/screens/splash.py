"""Splash screen: shown while the rest of the program is imported."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize


class SplashScreen(Screen[None]):
    """Names the session being opened."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def compose(self) -> ComposeResult:
        frame = Static(Text(f"Opening {sanitize(self._name)} …", "dim"), id="starting", markup=False)
        frame.border_title = Text("replay-tui")
        yield frame
