"""The keyframe index: any moment of the recorded terminal at once, whatever the recording's length.

While the stream is fed once from start to end, the emulator's whole state is kept every `spacing` bytes (sooner where
drawing is slow). A seek restores the keyframe before its target and feeds what is between. Each keyframe is verified
when it is made: restored into a second terminal, it must give the same state, or it is left out.
"""

from __future__ import annotations

import re
import time
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from replay_tui.domain.size import SizeTimeline, TerminalSize
from replay_tui.domain.stream import EventStream
from replay_tui.terminal.emulator import Emulator, EmulatorError
from replay_tui.terminal.floods import SLOW as SLOW_BYTE
from replay_tui.terminal.floods import WATCHED, feed_repeats
from replay_tui.terminal.guard import continuation, guard, safe_end
from replay_tui.terminal.screen import Screen

SPACING = 1 << 19
"""Bytes between keyframes, at most."""
STEP = 1 << 16
"""Bytes drawn between two looks at the clock and at whether to go on."""
RESTORED = 1 << 16
"""Bytes that are drawn in the time that restoring a keyframe takes."""
BACK = 32
"""Events before a moment that are kept when it was reached by stepping back: most likely the next ones asked for."""
KEPT = 128
"""Screens that a reader keeps."""
USUAL = 5000
"""Cells of a screen up to which `STEP` bytes are drawn at once; of a larger one each byte may cost more."""
LARGE = 3 << 16
"""Bytes of a state from which on it is compressed."""
SLOW_PIECE = 0.002
"""Seconds that any piece may take, however small, before its drawing counts as slow."""
SLOW = 0.002
"""Seconds of drawing after which a keyframe is made early."""


class Cancelled(Exception):
    """The caller's `stop` said so in the middle of the work."""


def never() -> bool:
    """The `stop` of work that always runs to its end."""
    return False


class Drawer:
    """An emulator and the screen byte offset up to which it has drawn."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, history: int = 0) -> None:
        self._stream, self._sizes = stream, sizes
        self.emulator = Emulator(sizes.at(0).cols, sizes.at(0).rows, history)
        self.offset = 0
        self._history = history > 0
        self._watched = 0  # pieces in which repeats are still looked for, after one that was slow to draw
        self._suspected = 0  # pieces that are timed by this thread's own clock, after one that seemed slow
        self._skipping = False
        self._open: tuple[int, int, re.Pattern[bytes]] | None = None  # incomplete: from, read up to, what may follow
        self._resized = 0  # the offset of a resize that stands in the middle of a sequence
        self._unguarded = 0  # up to here `ahead` found nothing that must not be fed as it is
        self._fits = True  # whether the emulator has the size for what lies before `_unguarded`

    def ahead(self, end: int) -> None:
        """Look at the bytes up to `end` at once: many small pieces are then drawn without a look at each."""
        start = max(self.offset, self._unguarded)
        if self._open or self.offset < self._resized or start >= end:
            return
        limit = min(end, self._sizes.next_after(self.offset) or end)
        if start >= limit:
            return
        size = self._sizes.at(start)
        cut = safe_end(self._stream.screen, start, limit)
        data = bytes(self._stream.screen[start:cut])
        if guard(data, size.cols, size.rows) == data:
            self._unguarded, self._fits = cut, self._fits and start > self.offset

    def draw_to(self, target: int, stop: Callable[[], bool] = never) -> None:
        """Draw on to screen byte `target` (cut back to the last whole sequence). Raises `Cancelled` when stopped.

        A resize is carried out when the first byte after it is drawn: until then the screen is what was seen before.
        """
        if self.offset < self._unguarded and self.offset < target:
            if not self._fits:
                self._apply_size()
                self._fits = True
            end = min(target, self._unguarded)
            self._feed(bytes(self._stream.screen[self.offset : end]))
            self.offset = end
            if end == target:
                return
        if self._open and self._waits_on(target):
            return
        span = self._span()
        while self.offset < target:
            if stop():
                raise Cancelled
            limit = min(target, self._sizes.next_after(max(self.offset, self._resized)) or target)
            end = min(limit, self.offset + span)
            lane = self._stream.screen
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
        if offset == self.offset and (target <= seen or more.fullmatch(bytes(self._stream.screen[seen:target]))):
            self._open = offset, max(seen, target), more
            return True
        self._open = None
        return False

    def _span(self) -> int:
        """Bytes drawn at a time: fewer on a large screen, so that `stop` is asked in time."""
        cols, rows = self.emulator.size
        if self._skipping:
            return STEP
        return max(STEP // 64, min(STEP, STEP * USUAL**2 // (cols * rows) ** 2))

    def _feed(self, data: bytes) -> None:
        data = self.emulator.tried(data)
        clock = time.thread_time if self._suspected else time.perf_counter
        begin = clock()
        if self._watched:
            self._skipping = feed_repeats(self.emulator, data, history=self._history)
        else:
            self._skipping = False
            self.emulator.draw(data)
        slow = clock() - begin > SLOW_PIECE + SLOW_BYTE * len(data)
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

    def adopt(self, emulator: Emulator, offset: int) -> None:
        """Go on from a restored emulator."""
        self.emulator, self.offset, self._resized, self._open = emulator, offset, 0, None
        self._unguarded = 0


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The emulator's state after the first `offset` screen bytes; a large one is `packed`."""

    offset: int
    state: bytes
    packed: bool

    @staticmethod
    def of(offset: int, snapshot: bytes) -> Keyframe:
        """Compressing costs as much as drawing 100 KiB, so only screens far larger than usual are."""
        packed = len(snapshot) > LARGE
        return Keyframe(offset, zlib.compress(snapshot, 1) if packed else snapshot, packed)

    def restore(self) -> Emulator:
        """An emulator in this state."""
        return Emulator.restore(zlib.decompress(self.state) if self.packed else self.state)


class TerminalIndex:
    """Keyframes over a stream's screen lane. `build` runs in one thread; any number of `ScreenReader`s read."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, spacing: int = SPACING) -> None:
        self.stream, self.sizes, self.spacing = stream, sizes, spacing
        self.keyframes: list[Keyframe] = []
        self.left_out = 0
        self._drawer = Drawer(stream, sizes)

    @property
    def indexed(self) -> int:
        """Screen bytes indexed so far."""
        return self._drawer.offset

    @property
    def lost(self) -> int:
        """Places at which drawing on would have ended the process, and the screen starts afresh."""
        return self._drawer.emulator.lost

    @property
    def memory(self) -> int:
        """Bytes that the keyframes take."""
        return sum(len(keyframe.state) for keyframe in self.keyframes)

    def build(self, stop: Callable[[], bool] = never, progress: Callable[[int], None] | None = None) -> None:
        """Index what the stream holds now; call again when it has grown. Raises `Cancelled` when stopped."""
        last, spent = self.keyframes[-1].offset if self.keyframes else 0, 0.0
        step = shortest = min(STEP, self.spacing)
        while (start := self._drawer.offset) < (end := len(self.stream.screen)):
            begin = time.thread_time()
            self._drawer.draw_to(min(end, start + step), stop)
            spent += time.thread_time() - begin
            if self._drawer.offset == start:
                if start + step >= end:
                    return  # the rest is an unfinished sequence
                step *= 2
                continue
            step = shortest
            # A piece ends before an incomplete sequence: one that is a little short counts as whole.
            if self._drawer.offset - last + step // 2 >= self.spacing or spent >= SLOW:
                self._keep()
                last, spent = self._drawer.offset, 0.0
                if progress:
                    progress(last)
        if progress:
            progress(self._drawer.offset)

    def adopt(self, keyframes: list[Keyframe]) -> None:
        """Take over keyframes made earlier; `build` goes on from the last of them."""
        self.keyframes = keyframes
        self._drawer.adopt(keyframes[-1].restore(), keyframes[-1].offset)

    def _keep(self) -> None:
        emulator = self._drawer.emulator
        snapshot = emulator.snapshot()
        if snapshot is None or not _faithful(emulator, snapshot):
            self.left_out += 1
            return
        self.keyframes.append(Keyframe.of(self._drawer.offset, snapshot))

    def nearest(self, offset: int) -> Keyframe | None:
        """The last keyframe at or before a screen byte offset."""
        position = bisect_right(self.keyframes, offset, key=lambda one: one.offset)
        return self.keyframes[position - 1] if position else None


def _faithful(emulator: Emulator, snapshot: bytes) -> bool:
    """Whether a snapshot, restored, is the emulator's state: the same snapshot again, or else the same screen.

    Styles may get other numbers, so snapshots can differ without harm.
    """
    try:
        copy = Emulator.restore(snapshot)
    except EmulatorError:
        return False
    return copy.snapshot() == snapshot or copy.shows_what(emulator)


class ScreenReader:
    """Screens at any moment, for one thread: draws on from where it stands when that is nearer than a keyframe.

    What is drawn on the way to a moment is kept, so that one event back costs no more than one on.
    """

    def __init__(self, index: TerminalIndex) -> None:
        self._index = index
        self._drawer = Drawer(index.stream, index.sizes)
        self._kept: OrderedDict[int, Screen] = OrderedDict()  # by screen byte offset, the newest last

    def at_time(self, seconds: float, stop: Callable[[], bool] = never) -> Screen:
        """The screen after every event with time <= `seconds`."""
        stream = self._index.stream
        return self.at_offset(stream.screen_end(stream.count_until(seconds)), seconds, stop)

    def at_offset(self, offset: int, seconds: float = 0.0, stop: Callable[[], bool] = never) -> Screen:
        """The screen after the first `offset` screen bytes, labelled with `seconds`. Raises `Cancelled`."""
        if screen := self._kept.get(offset):
            self._kept.move_to_end(offset)
            return _relabelled(screen, seconds)
        keyframe = self._index.nearest(offset)
        behind = offset < self._drawer.offset
        jumps = behind or (keyframe and keyframe.offset > self._drawer.offset + RESTORED)
        if jumps and keyframe:
            self._drawer.adopt(keyframe.restore(), keyframe.offset)
        elif jumps:
            self._drawer = Drawer(self._index.stream, self._index.sizes)
        if jumps:
            for place in self._places_before(offset, BACK if self._steps_back(offset) else 1):
                self._draw(place, 0.0, stop)
        return self._draw(offset, seconds, stop)

    def _steps_back(self, offset: int) -> bool:
        """Whether a moment lies only a few events before the one that was asked for last."""
        last = next(reversed(self._kept), 0)
        event = self._index.stream.event_at_screen
        return offset < last and event(last) - event(offset) < BACK

    def _places_before(self, offset: int, count: int) -> list[int]:
        """Where the last `count` events before `offset` end, as far as they are still to be drawn."""
        stream, places = self._index.stream, [offset]
        while len(places) <= count and places[-1] > self._drawer.offset:
            places.append(stream.screen_end(stream.event_at_screen(places[-1] - 1)))
        return [place for place in reversed(places[1:]) if place > self._drawer.offset]

    def _draw(self, offset: int, seconds: float, stop: Callable[[], bool]) -> Screen:
        self._drawer.draw_to(offset, stop)
        screen = self._kept[offset] = self._drawer.emulator.screen(seconds)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return screen


def _relabelled(screen: Screen, seconds: float) -> Screen:
    return screen if screen.time == seconds else replace(screen, time=seconds)
