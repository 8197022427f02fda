"""Interface of the find screen for its controllers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from replay_tui.archive.library.find_query import FoundHit
from replay_tui.ui.background import BackgroundTasks
from replay_tui.ui.find.preview import HitPreview

Answer = TypeVar("Answer")


class FindView(Protocol):
    """The find screen, as far as its controllers use it."""

    background: BackgroundTasks

    @property
    def chosen_hit(self) -> FoundHit | None:
        """The hit under the cursor."""

    @property
    def has_preview(self) -> bool:
        """Return True if the preview is shown."""

    def show(self) -> None:
        """Show the hits, facets, title and last line of the state."""

    def show_preview(self, found: FoundHit | None, preview: HitPreview | None) -> None:
        """Show a hit in the preview; `preview` is None until it was read."""

    def put_text(self, text: str) -> None:
        """Replace the text of the input."""

    def focus_input(self) -> None:
        """Focus the input and select its text."""

    def focus_hits(self) -> None:
        """Focus the list of hits."""

    def toggle_facets(self) -> None:
        """Focus the facets, which are shown if they are hidden, or leave them."""

    def toggle_preview(self) -> None:
        """Show or hide the preview."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Call back after `delay` seconds."""

    def report(self, message: str) -> None:
        """Show a notice."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Show a dialog and pass its answer on."""
