"""Panes of single session kinds: their interface, and the class that a kind names."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from textual.widget import Widget

from replay_tui.domain.session_kind import SessionKind
from replay_tui.recording import Recording
from replay_tui.redaction.redactor import Redactor


class KindPane(Protocol):
    """Interface of a widget that shows the sessions of a kind.

    A kind with the pane `"traffic"` is shown by the widget `TrafficPane` in `traffic_pane.py`. Rows of its lists with a
    `time` (seconds) seek when they are chosen.
    """

    @property
    def target(self) -> Widget:
        """The widget to focus."""

    def put(self, kind: SessionKind, recording: Recording) -> None:
        """Show a recording, which may be one without hidden output."""

    def set_redactor(self, redactor: Redactor) -> None:
        """Redact with another redactor from now on."""

    def mark_time(self, seconds: float) -> None:
        """Update to the playhead."""


def pane_class(name: str) -> type[Widget]:
    """Return the class of the pane that a kind names."""
    module = import_module(f"replay_tui.ui.widgets.{name}_pane")
    found: type[Widget] = getattr(module, f"{name.capitalize()}Pane")
    return found
