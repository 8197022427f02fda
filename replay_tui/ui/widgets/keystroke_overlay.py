"""Keystroke overlay: the last typed keys, at the bottom of the recorded screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from replay_tui.shell.keystroke_display import DisplayKey


class KeystrokeOverlay(Static):
    """One row with the last keys, the newest on the right."""

    _keys: Sequence[DisplayKey] | None = ()

    def put(self, keys: Sequence[DisplayKey] | None) -> None:
        """Show keys; None if input events are hidden."""
        self._keys = keys
        self._write()

    def on_resize(self) -> None:
        self._write()

    def _write(self) -> None:
        text = Text(no_wrap=True, end="")
        for key in self._keys or ():
            if key.is_text:
                text.append(key.label, "bold")
            else:
                text.append(f" {key.label} ", "bold reverse" if len(key.label) > 1 else "bold")
        text = text[max(0, text.cell_len - max(8, (self.size.width or self.app.size.width) - 8)) :]
        line = Text.assemble(("keys  ", "dim"), no_wrap=True, end="")
        nothing = "input events are hidden" if self._keys is None else "no keys typed recently"
        line.append_text(text if text else Text(nothing, "dim"))
        self.update(line, layout=False)
