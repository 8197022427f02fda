"""Transcript: a session's text as lines, each with the time at which it was last written to.

It consists of the lines that scroll off the primary screen, each screen before it is cleared or the alternate screen
ends, and the last screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.stream_renderer import BURST_BYTES, StreamRenderer, output_bursts
from replay_tui.terminal.transcript_lines import (
    LineAssembler,
    PartitionEnd,
    PartitionStart,
    TranscriptLine,
    sort_by_time,
)

_LOOKAHEAD_BYTES = 1 << 16
_MAX_WIPE_BYTES = 64
_HARVEST_LINES = 1000
_SCROLLBACK_LINES = _HARVEST_LINES + BURST_BYTES  # a burst may consist of line feeds only
_ENTERS, _LEAVES = b"h", b"l"  # final bytes of the sequences that enter and leave the alternate screen
_RESETS = b"c"  # and of RIS, which also clears the primary screen behind the alternate one
# Nested branches are twenty times faster than one alternative per sequence.
_WIPES = lazy_compile(
    rb"\x1b(?:\[(?:2J(?:\x1b\[2J)*|(?:1;1)?H\x1b\[0?J|"
    rb"\?(?:[\d;]{0,20};)?(?:1049|1047|47)(?:;[\d;]{0,20})?[hl])|c(?:\x1bc)*)"
)


class ScreenObserver(Protocol):
    """Receives screens and rows while a transcript is built; rows are numbered from the session's start."""

    def begin(self, emulator: Emulator, primary: Emulator) -> None:
        """Called at the start of a partition other than the first; `primary` has the primary screen."""

    def on_screen(self, emulator: Emulator, top: int, alt: bool, offset: int, time: float) -> None:
        """Called with the screen (first row `top`) after `offset` output bytes, as it was at `time` (seconds)."""

    def on_scrolled_off(self, first: int, rows: list[tuple[str, bool]], times: list[float | None]) -> None:
        """Called with rows that scrolled off: (text, is wrapped) pairs from row `first` on, and times in seconds."""


class Transcript:
    """Builds the lines of a stream in one pass. `start` is set for a partition other than the first.

    With an `observer`, which receives the screens and rows, no line is kept.
    """

    def __init__(
        self,
        stream: EventStream,
        sizes: SizeTimeline,
        observer: ScreenObserver | None = None,
        start: PartitionStart | None = None,
    ) -> None:
        self._observer = observer
        self.end = PartitionEnd()
        self._stream, self._start = stream, start
        self._renderer = StreamRenderer(stream, sizes, scrollback_lines=_SCROLLBACK_LINES)
        self._is_captured = False  # whether the primary screen behind the alternate one is in the transcript already
        self._scanned_offset = 0  # output offset up to which wipes were searched
        self._wipes: list[tuple[int, bytes]] = []  # not rendered yet, last first: (offset, sequence)
        self._primary_row = 0  # row of the cursor when the primary screen was last active
        self._harvested_rows = 0  # primary rows drained from the scrollback so far
        self._text = LineAssembler(keeps_lines=observer is None)
        self._write_times: dict[int, float] = {}  # primary row -> time in seconds
        if start:
            self._begin(start)
        self._place = self._renderer.emulator.place

    def _begin(self, start: PartitionStart) -> None:
        renderer = self._renderer
        begin = start.context_bytes + start.warmup_bytes
        renderer.restore(start.state, start.context_bytes)
        renderer.emulator.set_scrollback(0)
        renderer.render_to(begin)
        renderer.emulator.set_scrollback(_SCROLLBACK_LINES)
        self._scanned_offset = begin
        primary = renderer.emulator
        if primary.alt and (state := primary.snapshot()):
            primary = _primary_of(state)
        self._primary_row = primary.cursor[1]
        self._write_times = {row: -1.0 - row for row in range(primary.size[1])}
        if self._observer:
            self._observer.begin(renderer.emulator, primary)

    def build(self, is_cancelled: Callable[[], bool] = never_cancelled, *, last: bool = True) -> list[TranscriptLine]:
        """Render the stream to its end and return all lines. Raises `Cancelled`.

        The lines of a whole session are sorted by time, those of a partition are not. If this is not the `last`
        partition, `end` is set for the next one.
        """
        for end, time in output_bursts(self._stream, self._renderer.offset):
            if is_cancelled():
                raise Cancelled
            self._render_burst(end, time)
            if self._text.full:
                break
        if last:
            self._finish(self._stream.duration)
        else:
            self._finish_partition()
        if last and not self._start:
            sort_by_time(self._text.lines, self._stream.duration)
        return self._text.lines

    def _render_burst(self, end: int, time: float) -> None:
        if end > self._scanned_offset:
            self._scan_wipes(end)
        while self._wipes and self._wipes[-1][0] < end:
            offset, wipe = self._wipes.pop()
            self._advance(offset, time)
            self._show(self._stream.time_of_output(max(0, offset - 1)))
            if wipe.endswith(_ENTERS):  # the primary screen is kept, unless it is reset from the alternate one
                if not self._place[0] and self._is_reset_next():  # reading it now is eight times faster than later
                    self._capture(time, "scrolled")
                    self._is_captured = True
                continue
            leaves = wipe.endswith(_LEAVES)
            if self._place[0] == leaves:
                self._capture(time, "alternate" if leaves else "scrolled")
            elif wipe.endswith(_RESETS) and not self._is_captured and (state := self._renderer.emulator.snapshot()):
                self._harvest()
                self._keep_screen(time, "scrolled", _primary_of(state))
            if wipe.endswith((_LEAVES, _RESETS)):
                self._is_captured = False
            if leaves:
                self._return_to_primary(min(offset + len(wipe), end))
        self._advance(end, time)
        self._show(time)

    def _is_reset_next(self) -> bool:
        """Return True if the next known wipe that leaves the alternate screen is a reset."""
        ends = (wipe for _, wipe in reversed(self._wipes) if wipe.endswith((_LEAVES, _RESETS)))
        return next(ends, b"").endswith(_RESETS)

    def _scan_wipes(self, end: int) -> None:
        """Find the wipes in the output from the scanned offset to at least `end`."""
        output, scanned = self._stream.output, self._scanned_offset
        self._renderer.prevalidate(self._renderer.offset + _LOOKAHEAD_BYTES)
        limit = max(end, min(len(output), scanned + _LOOKAHEAD_BYTES))
        start = max(0, scanned - _MAX_WIPE_BYTES)
        found = _WIPES.finditer(bytes(output[start : limit + _MAX_WIPE_BYTES]))
        wipes = [(start + one.start(), one[0]) for one in found if start + one.end() > scanned]
        self._wipes = [one for one in reversed(wipes) if scanned <= one[0] < limit] + self._wipes
        self._scanned_offset = limit

    def _return_to_primary(self, end: int) -> None:
        """Render the end of the alternate screen up to `end`; the cursor returns to its primary row."""
        self._renderer.render_to(end)
        self._place = alt, history, row = self._renderer.emulator.place
        if not alt:
            self._primary_row = self._harvested_rows + history + row

    def _show(self, time: float) -> None:
        if self._observer:
            alt, history, _ = self._place
            self._observer.on_screen(
                self._renderer.emulator, self._harvested_rows + history, alt, self._renderer.offset, time
            )
        if self._place[1] >= _HARVEST_LINES:  # after the observer, which reads the rows that scrolled off
            self._harvest()

    def _advance(self, end: int, time: float) -> None:
        """Render up to output offset `end` and set the write times of the primary rows that the cursor passed."""
        was_alt, history, row = self._place
        # After the alternate screen the cursor returns to its primary row, where writing continues.
        before = self._primary_row if was_alt else self._harvested_rows + history + row
        self._renderer.render_to(end)
        self._place = alt, history, row = self._renderer.emulator.place
        if not alt:
            after = self._harvested_rows + history + row
            # Moving down writes lines; after moving up (to redraw, to clear) only the current row counts.
            times, self._primary_row = self._write_times, after
            for number in range(min(before, after), after + 1):
                times[number] = time

    def _harvest(self, *, last: bool = False) -> None:
        """Move the rows in the scrollback into the transcript."""
        emulator = self._renderer.emulator
        # Inside a sequence (which may never end) the scrollback can be read, but not emptied.
        rows = emulator.text_rows(history=True) if last else emulator.drain_scrollback()
        if not rows:
            return
        times = [
            self._write_times.pop(row, None) for row in range(self._harvested_rows, self._harvested_rows + len(rows))
        ]
        if self._observer:
            self._observer.on_scrolled_off(self._harvested_rows, rows, times)
        self._text.add([(time, text, wraps) for time, (text, wraps) in zip(times, rows, strict=True)], ends=False)
        self._harvested_rows += len(rows)
        self._place = self._renderer.emulator.place

    def _capture(self, time: float, origin: str) -> None:
        self._harvest()
        self._keep_screen(time, origin)

    def _keep_screen(self, time: float, origin: str, emulator: Emulator | None = None) -> None:
        """Add the rows of the screen (or of `emulator`'s) to the transcript, without blank rows at its end."""
        if self._observer and (origin == "alternate" or (self._text.first and not self._text.unfinished[0])):
            return  # the observer has seen the screen, and it completes no line
        rows = (emulator or self._renderer.emulator).text_rows()
        while rows and not rows[-1][0]:
            rows.pop()
        times = None if origin == "alternate" else self._write_times
        self._text.add(
            [(times.get(self._harvested_rows + i, time) if times else time, *row) for i, row in enumerate(rows)], origin
        )

    def _finish(self, time: float) -> None:
        count = len(self._text.lines)
        if self._place[0]:
            self._capture(time, "alternate")
            self._leave_alternate(time)
        alternate, self._text.lines[count:] = self._text.lines[count:], []
        self._harvest(last=True)
        self._keep_screen(time, "screen")
        self._text.lines += alternate  # the alternate screen comes after the primary screen below it

    def _finish_partition(self) -> None:
        emulator = self._renderer.emulator
        clean = emulator.at_ground_state and self._renderer.offset == len(self._stream.output)
        self._leave_alternate(self._stream.duration)
        self._harvest()
        rows = range(self._harvested_rows, self._harvested_rows + emulator.size[1])
        text, written = self._text, [self._write_times.get(row) for row in rows]
        self.end = PartitionEnd(clean, written, text.unfinished, text.first, text.count)

    def _leave_alternate(self, time: float) -> None:
        """Return to the primary screen if necessary, so that the observer sees it one last time."""
        if self._renderer.emulator.alt:
            self._renderer.emulator.leave_alternate()
            self._place = self._renderer.emulator.place
            self._show(time)


def _primary_of(state: bytes) -> Emulator:
    """Return an emulator that shows the primary screen of a snapshot which shows the alternate one."""
    emulator = Emulator.restore(state)
    emulator.leave_alternate()
    return emulator
