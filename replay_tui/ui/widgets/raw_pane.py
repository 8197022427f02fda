"""Raw pane: the bytes of every event as a hex dump."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from msgspec import Struct
from rich.text import Text
from textual.message import Message

from replay_tui.domain.display_text import pluralize
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.times import format_time
from replay_tui.redaction.redactor import Redactor
from replay_tui.ui.background import Task
from replay_tui.ui.widgets.line_list import LineList

_PRINTABLE = "".join(chr(code) if 32 <= code < 127 else "." for code in range(256))


def hexdump_lines(data: bytes, offset: int = 0, width: int = 16) -> Iterator[str]:
    """Yield rows such as `00000000  51 00 00 00 0b 62 65 67  69 6e 3b 00              |Q....begin;.|`, plain ASCII.

    `offset` is the number of the first byte, `width` the number of bytes in a row.
    """
    digits = width * 3 + 1
    for start in range(0, len(data), width):
        row = data[start : start + width]
        left, right = row[: width // 2].hex(" "), row[width // 2 :].hex(" ")
        text = "".join(_PRINTABLE[byte] for byte in row)
        yield f"{offset + start:08x}  {f'{left}  {right}'.ljust(digits)} |{text}|"


ROW_BYTES = 16
MAX_ROWS = 50_000_000
FindDrawn = Callable[[Callable[[], bool]], list[int]]
"""Return the sorted output offsets of bytes to hide; takes an `is_cancelled` callback."""
_NAMES = {"i": "input", "o": "output", "e": "error", "r": "resize", "m": "marker", "?": "unknown"}


class RawRow(Struct, frozen=True):
    """The heading of an event (`offset` -1), or its `ROW_BYTES` bytes from `offset` on."""

    event: int
    offset: int


class RawRows(Sequence[RawRow]):
    """All rows of the current events of `stream`, built on access: eight bytes of memory per event."""

    def __init__(self, stream: EventStream) -> None:
        self.stream, self._starts = stream, array("L")
        total = 0
        for index in range(len(stream)):
            self._starts.append(total)
            total += 1 + (stream.size(index) + ROW_BYTES - 1) // ROW_BYTES
        self.events, self._total = len(self._starts), min(total, MAX_ROWS)

    def __len__(self) -> int:
        return self._total

    def row_of(self, event: int) -> int:
        """Return the row of an event's heading."""
        return self._starts[event]

    @overload
    def __getitem__(self, index: int) -> RawRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RawRow]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        event = bisect_right(self._starts, index) - 1
        return RawRow(event, (index - self._starts[event] - 1) * ROW_BYTES if index > self._starts[event] else -1)


class RawPane(LineList[RawRow]):
    """Time, kind and bytes of every event, redacted. The rows are counted in a background task."""

    class RowsLoaded(Message):
        """The rows have been loaded."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(self._line, id=id)
        self._stream = EventStream()
        self._redactor = Redactor.none()
        self._drawn: list[int] = []
        self._raw_rows = RawRows(self._stream)

    def put(self, stream: EventStream, redactor: Redactor, find_drawn: FindDrawn | None = None) -> None:
        """Show a stream, redacted by `redactor`, and without the output bytes that `find_drawn` finds."""
        self._redactor, self._drawn = redactor, []
        if stream is not self._stream or find_drawn:
            self._stream, self._raw_rows = stream, RawRows(EventStream())
            self.current, self.future = -1, None  # the loaded rows are marked again
            self.empty = "loading the session's bytes …"
        self.set_items(self._raw_rows, 80)  # also if only the redactor is new
        if not self._raw_rows.events or self._raw_rows.events < len(stream):

            def load(task: Task) -> tuple[RawRows, list[int]]:
                return RawRows(stream), find_drawn(task.is_cancelled) if find_drawn else []

            self.background.start(
                "loading the raw bytes",
                load,
                done=self._show,
                failed=self._fail,
                detached=True,
                newest_wins=find_drawn is not None,
            )

    def _show(self, loaded: tuple[RawRows, list[int]]) -> None:
        rows, drawn = loaded
        if rows.stream is self._stream and rows.events >= self._raw_rows.events:
            self._raw_rows, self._drawn, self.empty = rows, drawn, "no events in this session"
            self.set_items(rows, 80)
            self.post_message(self.RowsLoaded())

    def _fail(self, message: str) -> None:
        self.empty = f"not shown: {message}"
        self.refresh()

    def mark_event(self, event: int) -> None:
        """Mark the event at the playhead (-1: before the first)."""
        rows = self._raw_rows
        if 0 <= event < rows.events:
            self.mark(rows.row_of(event), rows.row_of(event + 1) if event + 1 < rows.events else len(rows))

    def _line(self, row: RawRow, width: int) -> Text:
        stream = self._stream
        if row.offset < 0:
            kind = stream.kind(row.event)
            text = Text.assemble((f"{format_time(stream.times[row.event], decimals=3)}  ", "bold"))
            text.append(f"{_NAMES[kind]}", "bold")
            text.append(f"  event {row.event:,}, {pluralize(stream.size(row.event), 'byte')}", "dim")
            return text
        data = self._without_drawn(row.event, self._redactor.payload(row.event, stream.data(row.event)))
        return Text("  " + next(iter(hexdump_lines(data[row.offset : row.offset + ROW_BYTES], row.offset)), ""))

    def _without_drawn(self, event: int, data: bytes) -> bytes:
        """Return the payload without the characters of secrets that only the screen shows in their order."""
        start = self._stream.output_length_after(event)
        found = self._drawn[bisect_left(self._drawn, start) : bisect_left(self._drawn, start + len(data))]
        if not found or self._stream.kind(event) not in "oe":
            return data
        masked = bytearray(data)
        for offset in found:
            masked[offset - start] = ord("*")
        return bytes(masked)
