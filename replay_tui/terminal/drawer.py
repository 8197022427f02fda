"""Drawing a stream's screen bytes piece by piece, however they are cut: guarded, resized in time, floods skipped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline, TerminalSize
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.floods import SLOW as SLOW_BYTE
from replay_tui.terminal.floods import WATCHED, feed_repeats
from replay_tui.terminal.guard import continuation, guard, safe_end

STEP = 1 << 16
"""Bytes drawn between two looks at the clock and at whether to go on."""
USUAL = 5000
"""Cells of a screen up to which `STEP` bytes are drawn at once; of a larger one each byte may cost more."""
SLOW_PIECE = 0.002
"""Seconds that any piece may take, however small, before its drawing counts as slow."""

PULLED, PAGE = 1000, 50_000
"""Lines that resizes may bring back, and the cells of a page, in which the library drops lines once there are more."""


def _lines_for_resizes(sizes: SizeTimeline) -> int:
    """Lines of scrollback: a resize fills the screen from it; nothing else that is seen depends on it.

    With its own limit the library drops more of them in a terminal that was restored than in one that was not.
    """
    if not sizes.resizes:
        return 0
    return PULLED + PAGE // min(size.cols for size in (sizes.first, *(one.size for one in sizes.resizes)))


class Drawer:
    """An emulator and the screen byte offset up to which it has drawn."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, history: int = 0) -> None:
        self._stream, self._sizes = stream, sizes
        self._wants_history = bool(history)
        self._scrollback = history or _lines_for_resizes(sizes)
        self.emulator = Emulator(sizes.at(0).cols, sizes.at(0).rows, self._scrollback)
        self.offset = 0
        self._watched = 0  # pieces in which repeats are still looked for, after one that was slow to draw
        self._suspected = 0  # pieces that are timed by this thread's own clock, after one that seemed slow
        self._skipping = False
        self._quick = False  # whether the last piece cost so little that more can be drawn at once
        self._open: tuple[int, int, re.Pattern[bytes]] | None = None  # incomplete: from, read up to, what may follow
        self._resized = 0  # the offset of a resize that stands in the middle of a sequence
        self._unguarded = 0  # up to here `ahead` found nothing that must not be fed as it is
        self._fits = True  # whether the emulator has the size for what lies before `_unguarded`

    @property
    def seen(self) -> int:
        """Up to where something has been done: a resize in the middle of a sequence comes before that is drawn."""
        return max(self.offset, self._resized + 1 if self._resized else 0)

    def ahead(self, end: int) -> None:
        """Look at the bytes up to `end` at once: many small pieces are then drawn without a look at each."""
        start = max(self.offset, self._unguarded)
        if self._open or self.offset < self._resized or start >= end:
            return
        limit = min(end, self._sizes.next_after(self.offset) or end)
        if start >= limit:
            return
        size = self._sizes.at(start)
        cut = safe_end(self._stream.output, start, limit)
        data = bytes(self._stream.output[start:cut])
        if guard(data, size.cols, size.rows) == data:
            self._unguarded, self._fits = cut, self._fits and start > self.offset

    def draw_to(self, target: int, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        """Draw on to screen byte `target` (cut back to the last whole sequence). Raises `Cancelled` when stopped.

        A resize is carried out when the first byte after it is drawn: until then the screen is what was seen before.
        """
        if self.offset < self._unguarded and self.offset < target:
            if not self._fits:
                self._apply_size()
                self._fits = True
            end = min(target, self._unguarded)
            self._feed(bytes(self._stream.output[self.offset : end]))
            self.offset = end
            if end == target:
                return
        if self._open and self._waits_on(target):
            return
        span = self._span()
        while self.offset < target:
            if is_cancelled():
                raise Cancelled
            limit = min(target, self._sizes.next_after(max(self.offset, self._resized)) or target)
            end = min(limit, self.offset + span)
            lane = self._stream.output
            cut = safe_end(lane, self.offset, end)
            if cut <= self.offset:  # nothing but an incomplete sequence
                if end < limit:
                    span *= 2
                    continue
                if end >= target:  # wait for its rest
                    self._open = self.offset, end, continuation(bytes(lane[self.offset : end]))
                    return
                self._resized = end  # a resize in the middle comes before it, so that the guard sees it whole
                continue
            size = self._apply_size()
            self._feed(guard(bytes(lane[self.offset : cut]), size.cols, size.rows))
            self.offset, span = cut, self._span()

    def _waits_on(self, target: int) -> bool:
        """Whether up to `target` there is only more of the incomplete sequence; asked for the new bytes alone."""
        assert self._open
        offset, seen, more = self._open
        if offset == self.offset and (target <= seen or more.fullmatch(bytes(self._stream.output[seen:target]))):
            self._open = offset, max(seen, target), more
            return True
        self._open = None
        return False

    def _span(self) -> int:
        """Bytes drawn at a time: fewer on a large screen, so that `stop` is asked in time."""
        cols, rows = self.emulator.size
        if self._skipping:
            return STEP
        usual = max(STEP // 64, STEP * USUAL**2 // (cols * rows) ** 2)
        return min(STEP, usual * 4 if self._quick else usual)

    def _feed(self, data: bytes) -> None:
        data = self.emulator.tried(data)
        clock = time.thread_time if self._suspected else time.perf_counter
        begin = clock()
        if self._watched:
            self._skipping = feed_repeats(self.emulator, data, history=self._wants_history)
        else:
            self._skipping = False
            self.emulator.draw(data)
        took = clock() - begin
        slow, self._quick = took > SLOW_PIECE + SLOW_BYTE * len(data), took < SLOW_PIECE / 8
        # On a busy machine a piece can seem slow because this thread had to wait. Its own clock is dearer to read.
        if slow and not self._suspected:
            self._suspected = WATCHED
            return
        self._suspected = WATCHED if slow else max(0, self._suspected - 1)
        self._watched = WATCHED if slow else max(0, self._watched - 1)

    def _apply_size(self) -> TerminalSize:
        size = self._sizes.at(max(self.offset, self._resized))
        if self.emulator.size != (size.cols, size.rows):
            self.emulator.resize(size.cols, size.rows)
        return size

    def adopt(self, snapshot: bytes, offset: int) -> None:
        """Go on from an emulator's state. Raises `EmulatorError` for bytes that are none."""
        self.emulator = Emulator.restore(snapshot, self._scrollback)
        self.offset, self._resized, self._open = offset, 0, None
        self._unguarded = 0
