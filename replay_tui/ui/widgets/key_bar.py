"""The footer: the keys that matter in the current state, or a caption for the current moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text
from textual.widgets import Static

from replay_tui.ui.command_table import Command, commands_of

_PAIRS = {
    "back": ("back", "on"), "flag-on": ("flag-back", "flag-on"), "statement-on": ("statement-on", "statement-back"),
    "pan-right": ("pan-left", "pan-right"), "next-session": ("previous-session", "next-session"),
}  # fmt: skip
_LABELS = {
    "back": "5 s", "play": "play/pause", "pan-right": "columns", "next-session": "session", "sidebar": "session",
    "other": "more", "quit": "back",
}  # fmt: skip


class KeyBar(Static):
    """Keys of some commands of the table, in their order, or a caption instead."""

    _subject: object = ()

    def __init__(self, ids: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ids = list(ids)

    def on_mount(self) -> None:
        self._write()

    def on_resize(self) -> None:
        if not self._subject:
            self._write()

    def show_keys(self, ids: Sequence[str]) -> None:
        """Show the keys of the commands `ids`, once no caption is shown."""
        if self._ids != list(ids):
            self._ids = list(ids)
            if not self._subject:
                self._write()

    def show_caption(self, subject: object, caption: Callable[[], Text]) -> None:
        """Show the caption of a `subject` (built when the subject changes), or the keys if it is empty."""
        if subject != self._subject:
            self._subject = subject
            if subject:
                self.update(caption(), layout=False)
            else:
                self._write()

    def _write(self) -> None:
        commands = {command.id: command for command in commands_of(self.app)}
        keys = [_entry(commands[one], commands) for one in self._ids if commands[one].keys]
        # If not all fit, drop the last ones, but keep the very last: help lists all keys.
        while len(keys) > 1 and sum(len(key) + len(label) + 3 for key, label in keys) > self.size.width:
            del keys[-2]
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        for key, label in keys:
            text.append(f" {key}", "bold")
            text.append(f" {label} ", "dim")
        self.update(text, layout=False)  # the bar has a fixed size


def _entry(command: Command, commands: Mapping[str, Command]) -> tuple[str, str]:
    """Return the keys and the label of a command, with both keys of a pair."""
    pair = (commands[one].shown for one in _PAIRS.get(command.id, (command.id,)))
    return " ".join(filter(None, pair)), _LABELS.get(command.id, command.label)
