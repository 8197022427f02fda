"""State at the boundary of two partitions of a session, so that their transcripts can be joined."""

from __future__ import annotations

from dataclasses import dataclass, field

from replay_tui.terminal.transcript_lines import Unfinished


@dataclass(frozen=True, slots=True)
class PartitionStart:
    """Start of a partition: the emulator's `state` (a snapshot), then `warmup_bytes` of output before the partition."""

    state: bytes
    warmup_bytes: int


@dataclass(slots=True)
class PartitionEnd:
    """End of a partition that another one continues.

    `clean` is False if an unfinished sequence crosses the boundary, so that the partitions cannot be joined.
    `row_write_times` has the time in seconds at which each row of the primary screen was written, None if unknown; a
    negative time refers to a row of the partition before: -1.0 to its first row, -2.0 to its second. `unfinished` is
    an incomplete wrapped line and its start time in seconds.
    """

    clean: bool = True
    row_write_times: list[float | None] = field(default_factory=list)
    unfinished: Unfinished = "", None

    def resolve_time(self, time: float) -> float | None:
        """Return the time of a row of the next partition; a negative time is looked up in `row_write_times`."""
        row = -1 - int(time)
        return time if time >= 0 else self.row_write_times[row] if row < len(self.row_write_times) else None
