"""Where one part of a session ends and the next one begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from replay_tui.terminal.lines import Unfinished


@dataclass(frozen=True, slots=True)
class Start:
    """Where a part of a session begins: after `silent` screen bytes, drawn from the emulator's `state` (a snapshot)."""

    state: bytes
    silent: int


@dataclass(slots=True)
class End:
    """How a part ended that another goes on from.

    `clean` is False where an unfinished sequence stands between them, so that they do not fit together. `written` has
    the second at which each row of the primary screen was written, None where none was seen to be; a time below zero
    stands for what the part before says of a row: -1.0 of its first, -2.0 of the second... `unfinished` is a wrapped
    line of which the rest comes, and the second at which it was begun.
    """

    clean: bool = True
    written: list[float | None] = field(default_factory=list)
    unfinished: Unfinished = "", None

    def known(self, time: float) -> float | None:
        """The time of a row in the part after this one, where it is below zero by what this one says."""
        row = -1 - int(time)
        return time if time >= 0 else self.written[row] if row < len(self.written) else None
