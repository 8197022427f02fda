"""The command palette."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, SearchIcon
from textual.worker import Worker

from replay_tui.ui.screens.dismissal import can_dismiss
from replay_tui.ui.screens.minimum_size import mark_tiny


class Palette(CommandPalette):
    """Textual's palette, whose search must not end the program.

    Closed in the moment in which it opens, it looks for a list that is gone.
    """

    def on_mount(self) -> None:
        self.query_one(SearchIcon).icon = ">"  # the width of an emoji is disputed

    def on_resize(self) -> None:
        mark_tiny(self)

    def run_worker(self, *args: Any, **options: Any) -> Worker[Any]:
        """See `textual.dom.DOMNode.run_worker`."""
        return super().run_worker(*args, **{**options, "exit_on_error": False})

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close it, once."""
        return super().dismiss(result) if can_dismiss(self, result) else AwaitComplete()
