"""The raw view: the bytes of every event, as rows of hexadecimal."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from rich.text import Text

from replay_tui.analysis.secrets import Mask
from replay_tui.decoders.hexview import hex_lines
from replay_tui.domain.stream import EventStream
from replay_tui.domain.times import format_time
from replay_tui.ui.widgets.line_list import LineList

WIDTH = 16
MAX_ROWS = 50_000_000
_NAMES = {"i": "input", "o": "output", "e": "error", "r": "resize", "m": "marker", "?": "unknown"}


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row: the event's heading (`offset` -1), or `WIDTH` bytes of it from `offset` on."""

    event: int
    offset: int


class RawRows(Sequence[RawRow]):
    """All rows of a stream, worked out when asked for: an event costs four bytes."""

    def __init__(self, stream: EventStream) -> None:
        self._starts = array("L")
        total = 0
        for index in range(len(stream)):
            self._starts.append(total)
            total += 1 + (stream.size(index) + WIDTH - 1) // WIDTH
        self._total = min(total, MAX_ROWS)

    def __len__(self) -> int:
        return self._total

    def row_of(self, event: int) -> int:
        """The row of an event's heading."""
        return self._starts[event]

    @overload
    def __getitem__(self, index: int) -> RawRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RawRow]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        event = bisect_right(self._starts, index) - 1
        return RawRow(event, (index - self._starts[event] - 1) * WIDTH if index > self._starts[event] else -1)


class RawPane(LineList[RawRow]):
    """Every event's time, kind and bytes; authentication messages are masked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._line, empty="this session has no events", id=id)
        self._stream = EventStream()
        self._mask = Mask()
        self._raw_rows: RawRows | None = None

    def put(self, stream: EventStream, mask: Mask) -> None:
        """Show a stream, without the bytes that `mask` hides."""
        self._stream, self._mask = stream, mask
        self._raw_rows = RawRows(stream)
        self.set_items(self._raw_rows, 80)

    def mark_event(self, event: int) -> None:
        """Mark the event at the playhead (-1: none yet)."""
        if self._raw_rows and 0 <= event < len(self._stream):
            row = self._raw_rows.row_of(event)
            following = self._raw_rows.row_of(event + 1) if event + 1 < len(self._stream) else None
            self.mark(row, following)

    def _line(self, row: RawRow, width: int) -> Text:
        stream = self._stream
        if row.offset < 0:
            kind = stream.kind(row.event)
            text = Text.assemble((f"{format_time(stream.times[row.event], decimals=3)}  ", "bold"))
            text.append(f"{_NAMES[kind]}", "bold")
            text.append(f"  event {row.event:,}, {stream.size(row.event):,} bytes", "dim")
            return text
        data = self._mask.payload(row.event, stream.data(row.event))
        return Text("  " + next(iter(hex_lines(data[row.offset : row.offset + WIDTH], row.offset)), ""))
