"""Where one part of a session ends and the next one begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from replay_tui.terminal.transcript_lines import Unfinished


@dataclass(frozen=True, slots=True)
class PartitionStart:
    """Where a part of a session begins: after `silent` screen bytes, drawn from the emulator's `state` (a snapshot)."""

    state: bytes
    warmup_bytes: int


@dataclass(slots=True)
class PartitionEnd:
    """How a part ended that another goes on from.

    `clean` is False where an unfinished sequence stands between them, so that they do not fit together. `written` has
    the second at which each row of the primary screen was written, None where none was seen to be; a time below zero
    stands for what the part before says of a row: -1.0 of its first, -2.0 of the second... `unfinished` is a wrapped
    line of which the rest comes, and the second at which it was begun.
    """

    clean: bool = True
    row_write_times: list[float | None] = field(default_factory=list)
    unfinished: Unfinished = "", None

    def resolve_time(self, time: float) -> float | None:
        """The time of a row in the part after this one, where it is below zero by what this one says."""
        row = -1 - int(time)
        return time if time >= 0 else self.row_write_times[row] if row < len(self.row_write_times) else None
