"""One-row bars at the bottom: fidelity banner, status line, and the last keys that were typed in the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.text import Text
from textual.widgets import Static

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.times import format_time
from replay_tui.player.player import IdleMode, PlayerState
from replay_tui.presenters.document import Role, Span
from replay_tui.shell.keystroke_display import DisplayKey
from replay_tui.ui.section_text import styles_of


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


_KINDS = {"i": "input", "o": "output", "e": "errors"}


class StatusFields(Struct, frozen=True):
    """Contents of the status line. `who` and `size` (of the recorded terminal) are set if no border shows them.

    `dated_clock` is the clock with its date, `idle_limit` the limit of the idle mode `limit` in seconds.
    """

    state: PlayerState
    speed: float
    position: float
    duration: float
    clock: str
    idle: IdleMode
    hidden: str
    flags: tuple[Span, ...] = ()
    progress: str = ""
    who: str = ""
    dated_clock: str = ""
    size: str = ""
    idle_limit: float | None = None


class StatusLine(Static):
    """Play state, speed, position and length, clock, idle mode, filters, and progress."""

    _sign: ClassVar = {PlayerState.PLAYING: "▶", PlayerState.PAUSED: "‖", PlayerState.ENDED: "■"}

    _shown: tuple[StatusFields, int, str] | None = None

    def put(self, status: StatusFields) -> None:
        """Show a status; omits the idle mode, date, recorded size, clock and user, in this order, until it fits."""
        width = max(10, self.size.width)
        shown = status, width, self.app.theme
        if shown == self._shown:  # drawing any widget costs a third of drawing a frame
            return
        self._shown = shown
        for omitted in range(6):
            text = self._status_text(status, omitted)
            if text.cell_len <= width:
                break
        self.update(text, layout=False)  # the bar has a fixed size

    def _pill(self, role: Role) -> str:
        return f"{styles_of(self.app.get_css_variables()).get(role, '')} reverse"

    def _status_text(self, status: StatusFields, omitted: int) -> Text:
        decimals = 3 if status.duration < 2 else 1
        position = format_time(status.position, decimals=decimals)
        duration = format_time(status.duration, decimals=0 if status.duration >= 3600 else decimals)
        if status.duration < 3600:
            position, duration = position.removeprefix("00:"), duration.removeprefix("00:")
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append(f"{self._sign[status.state]} {status.speed:g}x  ", "bold")
        text.append(f"{position} / {duration}")
        gap = "  " if omitted else "   "
        clock = status.dated_clock if omitted < 2 else status.clock if omitted < 4 else ""
        if clock:
            text.append(f"{gap}{sanitize(clock)}", "dim")
        if not omitted or status.idle is not IdleMode.REAL:
            seconds = f" {status.idle_limit:g} s" if status.idle is IdleMode.LIMIT and status.idle_limit else ""
            text.append(f"{gap}idle {status.idle.value}{seconds}", "dim")
        if status.hidden:
            text.append(f"{gap}without {', '.join(_KINDS[kind] for kind in _KINDS if kind in status.hidden)}", "bold")
        if status.size and omitted < 3:
            text.append(f"{gap}{status.size}", "dim")
        for flag in status.flags:
            text.append(gap)
            label = truncate(sanitize(flag.text), 40)
            text.append(f" {label} " if flag.role else label, self._pill(flag.role) if flag.role else "")
        if status.progress:
            text.append(f"{gap}{sanitize(status.progress)}", "italic")
        if status.who and omitted < 5:
            text.append(f"{gap}{truncate(sanitize(status.who), 40)}", "dim")
        return text


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
