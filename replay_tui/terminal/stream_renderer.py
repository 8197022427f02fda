"""Incremental rendering of a stream's output: filters sequences, applies resizes in time, skips repeats.

The result does not depend on how the output is cut into pieces.

A burst is output written so close together in time that no intermediate screen was visible.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline, TerminalSize
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.repeat_skipping import SLOW_BYTE_SECONDS, WATCHED_PIECES, Scrollback, write_skipping_repeats
from replay_tui.terminal.sequence_filter import (
    MAX_SEQUENCE_BYTES,
    SpecialSequences,
    continuation,
    last_complete_offset,
    rewrite_sequences,
)
from replay_tui.terminal.unsupported_functions import WORK_PER_MIB

_SPECIAL_SEQUENCES: WeakKeyDictionary[EventStream, SpecialSequences] = WeakKeyDictionary()
"""Shared by all renderers of a stream."""
_REFUSED_FUNCTIONS: WeakKeyDictionary[EventStream, tuple[int, int]] = WeakKeyDictionary()
"""Number of control functions beyond the emulator's limit of work, and an output offset before the first one."""
STEP_BYTES = 1 << 16
"""Bytes rendered between two polls of `is_cancelled`."""
USUAL_CELLS = 5000
"""Screens of up to this many cells are rendered in pieces of `STEP_BYTES`; on larger ones each byte takes longer."""
SLOW_PIECE_SECONDS = 0.002
"""A piece that takes less never counts as slow."""

RESIZE_SCROLLBACK_LINES, PAGE_CELLS = 1000, 50_000
"""Lines that resizes may restore, and the cells of a page: above its limit the library drops lines in whole pages."""


def refused_functions(*streams: EventStream) -> tuple[int, float] | None:
    """Return the number of control functions that were not carried out because they take too long, and a time in
    seconds not after the first; None if the renderings of `streams` so far carried out every function.
    """
    found = [(*_REFUSED_FUNCTIONS[stream], stream) for stream in streams if stream in _REFUSED_FUNCTIONS]
    times = [stream.time_of_output(offset) for _, offset, stream in found]
    return (max(count for count, _, _ in found), min(times)) if found else None


def note_refused(stream: EventStream, count: int, offset: int) -> None:
    """Note for `refused_functions` that `count` functions were not carried out, the first after an output offset."""
    known, before = _REFUSED_FUNCTIONS.get(stream, (0, 0))
    _REFUSED_FUNCTIONS[stream] = max(known, count), max(before, offset)


def _resize_scrollback_lines(sizes: SizeTimeline) -> int:
    """Return the scrollback lines needed because resizes restore lines from it; 0 without resizes.

    With the library's own limit a restored terminal would drop more lines than the original.
    """
    if not sizes.resizes:
        return 0
    return RESIZE_SCROLLBACK_LINES + PAGE_CELLS // min(
        size.cols for size in (sizes.first, *(one.size for one in sizes.resizes))
    )


class StreamRenderer:
    """An emulator and the `offset` in output bytes up to which it has rendered the stream.

    With `scrollback_lines` the scrollback is kept, otherwise it has only the lines that resizes need. `search_seconds`
    is the time spent on finding special sequences, which is needed only once per stream.
    """

    def __init__(self, stream: EventStream, sizes: SizeTimeline, scrollback_lines: int = 0) -> None:
        self._stream, self._sizes = stream, sizes
        self._special = _SPECIAL_SEQUENCES.setdefault(stream, SpecialSequences())
        self._scrollback = scrollback_lines or _resize_scrollback_lines(sizes)
        limited = Scrollback.LIMITED if self._scrollback else Scrollback.UNUSED
        self._kept = Scrollback.COMPLETE if scrollback_lines else limited
        self._adopt(Emulator(sizes.at(0).cols, sizes.at(0).rows, self._scrollback))
        self.offset = 0
        self.search_seconds = 0.0
        self._repeat_watch_pieces = 0  # pieces left to search for repeats after a slow one
        self._suspect_pieces = 0  # pieces left to time by the thread's own clock after an apparently slow one
        self._skipping = False
        self._is_fast = False  # the last piece was so fast that larger pieces are possible
        # An incomplete sequence: its start, the offset read so far, and the bytes that leave it incomplete.
        self._incomplete: tuple[int, int, re.Pattern[bytes]] | None = None
        self._pending_resize_offset = 0  # offset of a resize inside a sequence
        self._validated_offset = 0  # `prevalidate` found nothing to filter before this offset
        self._size_matches = True  # the emulator has the size of the output before `_validated_offset`

    @property
    def processed_offset(self) -> int:
        """Offset up to which output or a resize was processed: a resize inside a sequence precedes its rendering."""
        return max(self.offset, self._pending_resize_offset + 1 if self._pending_resize_offset else 0)

    def prevalidate(self, end: int) -> None:
        """Check the output up to `end` at once, so that many small pieces can be rendered without a check for each."""
        start = max(self.offset, self._validated_offset)
        if self._incomplete or self.offset < self._pending_resize_offset or start >= end:
            return
        limit = min(end, self._sizes.next_after(self.offset) or end)
        if start >= limit:
            return
        size = self._sizes.at(start)
        cut = last_complete_offset(self._stream.output, start, limit)
        data = bytes(self._stream.output[start:cut])
        if self._filtered(data, start, size) == data:
            self._validated_offset, self._size_matches = cut, self._size_matches and start > self.offset

    def _filtered(self, data: bytes, start: int, size: TerminalSize) -> bytes:
        """Return `data`, the output from offset `start` on, with special sequences rewritten."""
        begin = time.thread_time()
        offsets = self._special.within(start, data)
        self.search_seconds += time.thread_time() - begin
        before = bytes(self._stream.output[max(0, start - MAX_SEQUENCE_BYTES) : start]) if offsets else b""
        return rewrite_sequences(data, offsets, size.cols, size.rows, before)

    def render_to(self, target: int, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        """Render up to output offset `target`, or to the last complete sequence before it. Raises `Cancelled`.

        A resize is applied when the first byte after it is rendered; until then the screen keeps its size.
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
            output = self._stream.output
            cut = last_complete_offset(output, self.offset, end)
            if cut <= self.offset:  # only an incomplete sequence
                if end < limit:
                    span *= 2
                    continue
                if end >= target:  # wait for the rest of the sequence
                    self._incomplete = self.offset, end, continuation(bytes(output[self.offset : end]))
                    return
                # Apply a resize inside a sequence before it, because the filter needs complete sequences.
                self._pending_resize_offset = end
                continue
            size = self._apply_size()
            self._feed(self._filtered(bytes(output[self.offset : cut]), self.offset, size))
            self.offset, span = cut, self._piece_bytes()

    def _continues_incomplete(self, target: int) -> bool:
        """Return True if the incomplete sequence is still incomplete at `target`; reads only the new bytes."""
        assert self._incomplete
        offset, seen, more = self._incomplete
        if offset == self.offset and (target <= seen or more.fullmatch(bytes(self._stream.output[seen:target]))):
            self._incomplete = offset, max(seen, target), more
            return True
        self._incomplete = None
        return False

    def _piece_bytes(self) -> int:
        """Return the bytes of the next piece: fewer on a large screen, so that `is_cancelled` is polled in time."""
        cols, rows = self.emulator.size
        if self._skipping:
            return STEP_BYTES
        usual = max(STEP_BYTES // 64, STEP_BYTES * USUAL_CELLS**2 // (cols * rows) ** 2)
        return min(STEP_BYTES, usual * 4 if self._is_fast else usual)

    def _feed(self, data: bytes) -> None:
        data = self.emulator.vetted(data)
        refused = self.emulator.refused
        clock = time.thread_time if self._suspect_pieces else time.perf_counter
        begin = clock()
        if self._repeat_watch_pieces:
            self._skipping = write_skipping_repeats(self.emulator, data, self._kept)
        else:
            self._skipping = False
            self.emulator.write(data)
        took = clock() - begin
        if self.emulator.refused > refused:
            note_refused(self._stream, self.emulator.refused, 0 if refused else self.offset)
        slow, self._is_fast = took > SLOW_PIECE_SECONDS + SLOW_BYTE_SECONDS * len(data), took < SLOW_PIECE_SECONDS / 8
        # On a loaded machine a piece can seem slow because the thread waited; the thread clock is exact, but slower.
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

    def _adopt(self, emulator: Emulator) -> None:
        # In proportion to the output, so that a long session may use these functions as often as a short one.
        emulator.work_limit = WORK_PER_MIB * max(1 << 20, len(self._stream.output)) >> 20
        self.emulator = emulator

    def restore(self, snapshot: bytes, offset: int) -> None:
        """Continue from a snapshot taken at output offset `offset`. Raises `EmulatorError` if it is invalid."""
        self._adopt(Emulator.restore(snapshot, self._scrollback))
        self.offset, self._pending_resize_offset, self._incomplete = offset, 0, None
        self._validated_offset = 0


BURST_SECONDS = 0.05
"""Maximum duration of a burst."""
PAUSE_SECONDS = 0.01
"""A longer pause ends a burst."""
BURST_BYTES = 1 << 14
"""Maximum output of a burst."""


def output_bursts(stream: EventStream, start: int = 0) -> Iterator[tuple[int, float]]:
    """Yield (end offset in output bytes, time in seconds) of each burst after output offset `start`."""
    begin, first, end, last = start, 0.0, start, 0.0
    for moment, after in stream.iter_output_ends():
        if after <= end:  # no output, or output before `start`
            continue
        if end > begin and (moment - last > PAUSE_SECONDS or moment - first > BURST_SECONDS):
            yield end, last
            begin = end
        if end == begin:
            first = moment
        end, last = after, moment
        while end - begin > BURST_BYTES:
            begin += BURST_BYTES
            yield begin, moment
            first = moment
    if end > begin:
        yield end, last
