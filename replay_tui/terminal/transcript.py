"""The transcript: a session's text as lines, each with the time at which it was last written to.

It holds the lines that scroll off the primary screen, the screen that is wiped by a clear or left behind when the
alternate screen ends, and the last screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from replay_tui.domain.size import SizeTimeline
from replay_tui.domain.stream import EventStream
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.index import Cancelled, Drawer, never

MAX_LINES = 2_000_000
SLICE_SECONDS = 0.05
"""Events this close together count as one moment of writing."""
PAUSE_SECONDS = 0.01
"""A pause of this length ends a moment as well, in a stream of at most `MANY_EVENTS` events."""
MANY_EVENTS = 60_000
SLICE_BYTES = 4096
_HISTORY = 4000
_HARVEST = 1000
_WIPES = re.compile(rb"\x1b\[\?(?:1049|1047|47)l|\x1b\[2J|\x1b\[(?:1;1)?H\x1b\[0?J|\x1bc")


class TranscriptLine(NamedTuple):
    """A line of text, the second it was last written to, and where it stood: `scrolled`, `alternate`, `screen`."""

    time: float
    text: str
    origin: str = "scrolled"


class Watcher(Protocol):
    """Who wants to see what passes by while a transcript is built; rows are counted from the session's start."""

    def look(self, emulator: Emulator, top: int, offset: int, *, wiped: bool) -> None:
        """The screen, whose first row is `top`, after `offset` screen bytes; `wiped`: it is about to be cleared."""

    def gone(self, first: int, rows: list[tuple[str, bool]], times: list[float | None]) -> None:
        """Rows, from `first` on, that have left the screen (text, goes on in the next), and when they were written."""


class Transcript:
    """Builds the lines of a stream in one pass; `build` runs in a thread and `lines` grows meanwhile."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, watcher: Watcher | None = None) -> None:
        self._watcher = watcher
        self.lines: list[TranscriptLine] = []
        self.cut = False
        self._stream = stream
        self._drawer = Drawer(stream, sizes, history=_HISTORY)
        self._gone = 0  # primary rows taken out of the scrollback so far
        self._written: dict[int, float] = {}  # primary row (counted from the start) -> seconds

    def build(self, stop: Callable[[], bool] = never) -> list[TranscriptLine]:
        """Read the stream to its end and return all lines. Raises `Cancelled` when stopped."""
        for end, time in _slices(self._stream):
            if stop():
                raise Cancelled
            self._draw(end, time)
            if self.cut:
                break
        self._finish(self._stream.duration)
        return self.lines

    def _draw(self, end: int, time: float) -> None:
        start = self._drawer.offset
        for wipe in _WIPES.finditer(bytes(self._stream.screen[start:end])):
            self._advance(start + wipe.start(), time)
            self._show(wiped=True)
            leaves_alt = wipe[0].endswith(b"l")
            if self._drawer.emulator.alt == leaves_alt:
                self._capture(time, "alternate" if leaves_alt else "scrolled")
        self._advance(end, time)
        self._show()

    def _show(self, *, wiped: bool = False) -> None:
        if self._watcher:
            emulator = self._drawer.emulator
            self._watcher.look(emulator, self._gone + emulator.history_rows, self._drawer.offset, wiped=wiped)

    def _advance(self, end: int, time: float) -> None:
        emulator = self._drawer.emulator
        before = None if emulator.alt else self._row(emulator)
        self._drawer.draw_to(end)
        if not emulator.alt:
            after = self._row(emulator)
            # Going down writes lines; going up (to redraw, to clear) says only where the cursor is now.
            first = after if before is None else min(before, after)
            written = self._written
            for row in range(first, after + 1):
                written[row] = time
            if emulator.history_rows >= _HARVEST:
                self._harvest()

    def _row(self, emulator: Emulator) -> int:
        return self._gone + emulator.history_rows + emulator.cursor_row

    def _harvest(self) -> None:
        emulator = self._drawer.emulator
        rows = emulator.take_history()
        if not rows:
            return
        times = [self._written.pop(row, None) for row in range(self._gone, self._gone + len(rows))]
        self._add([(time, text, wraps) for time, (text, wraps) in zip(times, rows, strict=True)])
        if self._watcher:
            self._watcher.gone(self._gone, rows, times)
        self._gone += len(rows)

    def _capture(self, time: float, origin: str) -> None:
        """Keep the rows on the screen, without the blank ones around them."""
        self._harvest()
        rows = self._drawer.emulator.text_rows()
        while rows and not rows[-1][0]:
            rows.pop()
        written = None if origin == "alternate" else self._written
        self._add(
            [(written.get(self._gone + i, time) if written else time, *row) for i, row in enumerate(rows)], origin
        )

    def _add(self, rows: list[tuple[float | None, str, bool]], origin: str = "scrolled") -> None:
        text, started, last = "", None, self.lines[-1].time if self.lines else 0.0
        add, line = self.lines.append, TranscriptLine
        for time, part, wraps in rows:
            text, started = text + part if text else part, time if time is not None else started
            if wraps:
                continue
            last = started if started is not None else last
            add(line(last, text, origin))
            text, started = "", None
        if text:
            add(line(started if started is not None else last, text, origin))
        self.cut = len(self.lines) >= MAX_LINES

    def _finish(self, time: float) -> None:
        self._capture(time, "alternate" if self._drawer.emulator.alt else "screen")
        # A line was written no later than the line below it; then what was captured in between can be put in its place.
        below = time
        for position in range(len(self.lines) - 1, -1, -1):
            line = self.lines[position]
            if line.origin == "alternate":
                continue
            if line.time > below:
                self.lines[position] = line._replace(time=below)
            below = min(below, line.time)
        self.lines.sort(key=lambda line: line.time)


def _slices(stream: EventStream) -> Iterator[tuple[int, float]]:
    """Ends of screen bytes, with times, that are drawn together: what came within a moment, a few KiB at most."""
    begin, first, end, last = 0, 0.0, 0, 0.0
    pause = PAUSE_SECONDS if len(stream) <= MANY_EVENTS else SLICE_SECONDS
    for index in range(len(stream)):
        after, time = stream.screen_end(index + 1), stream.times[index]
        if after == end:  # no output
            continue
        if end > begin and (time - last > pause or time - first > SLICE_SECONDS):
            yield end, last
            begin = end
        if end == begin:
            first = time
        end, last = after, time
        while end - begin > SLICE_BYTES:
            begin += SLICE_BYTES
            yield begin, time
            first = time
    if end > begin:
        yield end, last
