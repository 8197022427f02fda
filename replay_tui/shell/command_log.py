"""The list of commands while it is written: blocks that go on at a continuation prompt, removed text, exit statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from replay_tui.decoders.decode_result import StatementBuilder
from replay_tui.domain.event_stream import Event
from replay_tui.domain.statement import Statement

FROM_SCREEN, FROM_KEYS = "read back from the screen", "worked out from the keys typed"
"""Notes on how a command was read."""


@dataclass(slots=True)
class _Pending:
    lines: list[str]
    place: tuple[int, float]
    details: dict[str, Any]
    note: str


class CommandLog:
    """Commands in order, in `rows`, texts never sent in `removed`. The last command is open: it may still go on."""

    def __init__(self) -> None:
        self.rows = StatementBuilder()
        self.erased_texts: list[Statement] = []
        self._pending: _Pending | None = None
        self._last: dict[str, Any] | None = None

    def begin(self, text: str, place: tuple[int, float], details: dict[str, Any], note: str) -> None:
        """A new command, entered at `place` (event, seconds)."""
        self.flush()
        self._pending = _Pending([text.strip()], place, details, note)

    def append_line(self, text: str) -> bool:
        """Another line of the open command; False where there is none."""
        if self._pending is not None:
            self._pending.lines.append(text)
        return self._pending is not None

    def remove_last(self, text: str) -> str:
        """The open command with one more line, which was cancelled: it is no command any more."""
        pending, self._pending = self._pending, None
        return "\n".join([*pending.lines, text]) if pending else text

    def flush(self) -> None:
        """The open command is complete."""
        pending, self._pending = self._pending, None
        if pending is not None:
            text = "\n".join(pending.lines).rstrip()
            event, time = pending.place
            self._last = self.rows.add(
                time, "shell", text, event=event, verb=_verb(text), details=pending.details, note=pending.note
            )

    def set_exit_status(self, status: int) -> None:
        """The last command's exit status."""
        self.flush()
        if self._last is not None:
            self._last.setdefault("exit_code", status)

    def add_erased(self, removed: list[tuple[str, Event]], text: str) -> None:
        """Texts removed from a line that ended as `text`."""
        for gone, event in removed:
            if gone.strip() != text.strip():
                self.add_deleted(gone, event, "typed and removed", {})

    def add_deleted(self, text: str, event: Event, note: str, details: dict[str, Any]) -> None:
        """Text that was typed and never sent; its time puts it before the command that took its place."""
        text = text.strip()
        self.erased_texts.append(
            Statement(event.time, "shell", text, None, None, True, event.index, _verb(text), details, note)
        )


def _verb(text: str) -> str:
    words = text.split(None, 1)
    return words[0][:64] if words else ""
