"""Drawing a stream's screen bytes piece by piece, however they are cut: guarded, resized in time, floods skipped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline, TerminalSize
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.repeat_skipping import SLOW_BYTE_SECONDS, WATCHED_PIECES, write_skipping_repeats
from replay_tui.terminal.sequence_filter import continuation, filter_sequences, last_complete_offset

STEP_BYTES = 1 << 16
"""Bytes drawn between two looks at the clock and at whether to go on."""
USUAL_CELLS = 5000
"""Cells of a screen up to which `STEP_BYTES` bytes are drawn at once; of a larger one each byte may cost more."""
SLOW_PIECE_SECONDS = 0.002
"""Seconds that any piece may take, however small, before its drawing counts as slow."""

RESIZE_SCROLLBACK_LINES, PAGE_CELLS = 1000, 50_000
"""Lines that resizes may bring back, and the cells of a page, in which the library drops lines once there are more."""


def _lines_for_resizes(sizes: SizeTimeline) -> int:
    """Lines of scrollback: a resize fills the screen from it; nothing else that is seen depends on it.

    With its own limit the library drops more of them in a terminal that was restored than in one that was not.
    """
    if not sizes.resizes:
        return 0
    return RESIZE_SCROLLBACK_LINES + PAGE_CELLS // min(
        size.cols for size in (sizes.first, *(one.size for one in sizes.resizes))
    )


class StreamRenderer:
    """An emulator and the screen byte offset up to which it has drawn."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, scrollback_lines: int = 0) -> None:
        self._stream, self._sizes = stream, sizes
        self._wants_history = bool(scrollback_lines)
        self._scrollback = scrollback_lines or _lines_for_resizes(sizes)
        self.emulator = Emulator(sizes.at(0).cols, sizes.at(0).rows, self._scrollback)
        self.offset = 0
        self._repeat_watch_pieces = 0  # pieces in which repeats are still looked for, after one that was slow to draw
        self._suspect_pieces = 0  # pieces that are timed by this thread's own clock, after one that seemed slow
        self._skipping = False
        self._is_fast = False  # whether the last piece cost so little that more can be drawn at once
        self._incomplete: tuple[int, int, re.Pattern[bytes]] | None = (
            None  # incomplete: from, read up to, what may follow
        )
        self._pending_resize_offset = 0  # the offset of a resize that stands in the middle of a sequence
        self._validated_offset = 0  # up to here `ahead` found nothing that must not be fed as it is
        self._size_matches = True  # whether the emulator has the size for what lies before `_unguarded`

    @property
    def processed_offset(self) -> int:
        """Up to where something has been done: a resize in the middle of a sequence comes before that is drawn."""
        return max(self.offset, self._pending_resize_offset + 1 if self._pending_resize_offset else 0)

    def prevalidate(self, end: int) -> None:
        """Look at the bytes up to `end` at once: many small pieces are then drawn without a look at each."""
        start = max(self.offset, self._validated_offset)
        if self._incomplete or self.offset < self._pending_resize_offset or start >= end:
            return
        limit = min(end, self._sizes.next_after(self.offset) or end)
        if start >= limit:
            return
        size = self._sizes.at(start)
        cut = last_complete_offset(self._stream.output, start, limit)
        data = bytes(self._stream.output[start:cut])
        if filter_sequences(data, size.cols, size.rows) == data:
            self._validated_offset, self._size_matches = cut, self._size_matches and start > self.offset

    def render_to(self, target: int, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        """Draw on to screen byte `target` (cut back to the last whole sequence). Raises `Cancelled` when stopped.

        A resize is carried out when the first byte after it is drawn: until then the screen is what was seen before.
        """
        if self.offset < self._validated_offset and self.offset < target:
            if not self._size_matches:
                self._apply_size()
                self._size_matches = True
            end = min(target, self._validated_offset)
            self._feed(bytes(self._stream.output[self.offset : end]))
            self.offset = end
            if end == target:
                return
        if self._incomplete and self._continues_incomplete(target):
            return
        span = self._piece_bytes()
        while self.offset < target:
            if is_cancelled():
                raise Cancelled
            limit = min(target, self._sizes.next_after(max(self.offset, self._pending_resize_offset)) or target)
            end = min(limit, self.offset + span)
            lane = self._stream.output
            cut = last_complete_offset(lane, self.offset, end)
            if cut <= self.offset:  # nothing but an incomplete sequence
                if end < limit:
                    span *= 2
                    continue
                if end >= target:  # wait for its rest
                    self._incomplete = self.offset, end, continuation(bytes(lane[self.offset : end]))
                    return
                self._pending_resize_offset = (
                    end  # a resize in the middle comes before it, so that the guard sees it whole
                )
                continue
            size = self._apply_size()
            self._feed(filter_sequences(bytes(lane[self.offset : cut]), size.cols, size.rows))
            self.offset, span = cut, self._piece_bytes()

    def _continues_incomplete(self, target: int) -> bool:
        """Whether up to `target` there is only more of the incomplete sequence; asked for the new bytes alone."""
        assert self._incomplete
        offset, seen, more = self._incomplete
        if offset == self.offset and (target <= seen or more.fullmatch(bytes(self._stream.output[seen:target]))):
            self._incomplete = offset, max(seen, target), more
            return True
        self._incomplete = None
        return False

    def _piece_bytes(self) -> int:
        """Bytes drawn at a time: fewer on a large screen, so that `stop` is asked in time."""
        cols, rows = self.emulator.size
        if self._skipping:
            return STEP_BYTES
        usual = max(STEP_BYTES // 64, STEP_BYTES * USUAL_CELLS**2 // (cols * rows) ** 2)
        return min(STEP_BYTES, usual * 4 if self._is_fast else usual)

    def _feed(self, data: bytes) -> None:
        data = self.emulator.vetted(data)
        clock = time.thread_time if self._suspect_pieces else time.perf_counter
        begin = clock()
        if self._repeat_watch_pieces:
            self._skipping = write_skipping_repeats(self.emulator, data, history=self._wants_history)
        else:
            self._skipping = False
            self.emulator.write(data)
        took = clock() - begin
        slow, self._is_fast = took > SLOW_PIECE_SECONDS + SLOW_BYTE_SECONDS * len(data), took < SLOW_PIECE_SECONDS / 8
        # On a busy machine a piece can seem slow because this thread had to wait. Its own clock is dearer to read.
        if slow and not self._suspect_pieces:
            self._suspect_pieces = WATCHED_PIECES
            return
        self._suspect_pieces = WATCHED_PIECES if slow else max(0, self._suspect_pieces - 1)
        self._repeat_watch_pieces = WATCHED_PIECES if slow else max(0, self._repeat_watch_pieces - 1)

    def _apply_size(self) -> TerminalSize:
        size = self._sizes.at(max(self.offset, self._pending_resize_offset))
        if self.emulator.size != (size.cols, size.rows):
            self.emulator.resize(size.cols, size.rows)
        return size

    def restore(self, snapshot: bytes, offset: int) -> None:
        """Go on from an emulator's state. Raises `EmulatorError` for bytes that are none."""
        self.emulator = Emulator.restore(snapshot, self._scrollback)
        self.offset, self._pending_resize_offset, self._incomplete = offset, 0, None
        self._validated_offset = 0
