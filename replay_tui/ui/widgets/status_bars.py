"""One-row bars at the bottom: fidelity banner, status line, and key bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.text import sanitize, truncate
from replay_tui.domain.times import format_time
from replay_tui.player.player import IdleMode, PlayerState
from replay_tui.ui.commands import Command, Place, commands_of, footer_commands


class FidelityBanner(Static):
    """Fidelity warnings; hidden if there are none."""

    def put(self, warnings: Sequence[FidelityWarning], extra: str = "") -> None:
        """Show the warnings, the most important first; `extra` comes before them (a filter that hides output)."""
        parts = [extra] if extra else []
        parts += [warning.sentence for warning in warnings]
        self.set_class(bool(parts), "shown")
        text = Text.assemble(("! ", "bold"), no_wrap=True, overflow="ellipsis", end="")
        text.append(" · ".join(sanitize(part) for part in parts))
        self.update(text, layout=False)  # the bar has a fixed size
        self.tooltip = Text("\n".join(sanitize(part) for part in parts)) if parts else None


@dataclass(frozen=True, slots=True)
class StatusFields:
    """Contents of the status line. `who` is set if no border shows it.

    `idle_limit` is the limit of the idle mode `limit` in seconds."""

    state: PlayerState
    speed: float
    position: float
    duration: float
    clock: str
    idle: IdleMode
    hidden: str
    flags: tuple[str, ...] = ()
    progress: str = ""
    who: str = ""
    idle_limit: float | None = None


class StatusLine(Static):
    """Play state, speed, position and length, clock, idle mode, filters, and progress."""

    _sign: ClassVar = {PlayerState.PLAYING: "▶", PlayerState.PAUSED: "‖", PlayerState.ENDED: "■"}

    def put(self, status: StatusFields) -> None:
        """Show a status; omits idle mode, clock, user and labels, in this order, until it fits."""
        width = max(10, self.size.width)
        for omitted in range(4):
            text = self._status_text(status, width, omitted)
            if text.cell_len <= width:
                break
        self.update(text, layout=False)  # the bar has a fixed size

    def _status_text(self, status: StatusFields, width: int, omitted: int) -> Text:
        decimals = 3 if status.duration < 2 else 1
        position = format_time(status.position, decimals=decimals)
        duration = format_time(status.duration, decimals=0 if status.duration >= 3600 else decimals)
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append(f"{self._sign[status.state]} {status.speed:g}x  ", "bold")
        text.append(f"{position} / {duration}")
        gap = "  " if omitted else "   "
        if status.clock and width >= 60 and omitted < 2:
            text.append(f"{gap}{sanitize(status.clock)}", "dim")
        if not omitted or status.idle is not IdleMode.REAL:
            seconds = f" {status.idle_limit:g} s" if status.idle is IdleMode.LIMIT and status.idle_limit else ""
            text.append(f"{gap}idle {status.idle.value}{seconds}", "dim")
        text.append(gap[1:])
        for kind in "ioe":
            if kind in status.hidden:
                text.append(" -", "bold")
                text.append(kind.upper(), "dim strike")
            else:
                text.append(f" {kind.upper()}", "bold")
        for flag in status.flags:
            text.append(f"{gap}{truncate(sanitize(flag), 40)}", "")
        if status.progress:
            text.append(f"{gap}{sanitize(status.progress)}", "italic")
        if status.who and omitted < 3:
            text.append(f"{gap}{truncate(sanitize(status.who), 40)}", "dim")
        return text


class KeyBar(Static):
    """The footer: at most six keys of a place from the command table, or a caption for the current moment."""

    _subject: object = ()
    _first = ""

    def __init__(self, *, place: Place = Place.REPLAY, id: str | None = None, markup: bool = False) -> None:
        super().__init__(id=id, markup=markup)
        self._place = place

    def on_mount(self) -> None:
        self._write()

    def on_resize(self) -> None:
        if not self._subject:
            self._write()

    def put_first(self, command_id: str) -> None:
        """Show a command before those of the table, because it is the next step; an empty id shows only those."""
        if command_id != self._first:
            self._first = command_id
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
        commands = commands_of(self.app)
        shown = {command.id: command.shown for command in commands}
        first = [command for command in commands if command.id == self._first and command.keys]
        keys = [_footer_entry(command, shown) for command in [*first, *footer_commands(commands, self._place)]]
        if first:  # in place of the last one before help
            del keys[-2]
        # If not all fit, drop the last ones, but keep the very last: help lists all keys.
        while len(keys) > 1 and sum(len(key) + len(label) + 3 for key, label in keys) > self.size.width:
            del keys[-2]
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        for key, label in keys:
            text.append(f" {key}", "bold")
            text.append(f" {label} ", "dim")
        self.update(text, layout=False)  # the bar has a fixed size


_PAIRS = {
    "back": ("back", "on"), "flag-on": ("flag-back", "flag-on"), "statement-on": ("statement-on", "statement-back"),
}  # fmt: skip


def _footer_entry(command: Command, shown: Mapping[str, str]) -> tuple[str, str]:
    """Return the keys and the label of a command in the footer, with both keys of a pair."""
    key = " ".join(shown[one] for one in _PAIRS.get(command.id, (command.id,)) if shown[one])
    return key, {"back": "5 s", "play": "play/pause"}.get(command.id, command.label)
