"""The keyframe index: any moment of the recorded terminal at once, whatever the recording's length.

While the stream is fed once from start to end, the emulator's whole state is kept every `spacing` bytes (sooner where
drawing is slow). A seek restores the keyframe before its target and feeds what is between. Each keyframe is verified
when it is made: restored into a second terminal, it must give the same state, or it is left out.
"""

from __future__ import annotations

import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.ghostty import EmulatorError
from replay_tui.terminal.stream_renderer import STEP_BYTES, StreamRenderer

SPACING_BYTES, SLOW_SECONDS = 3 << 16, 0.0007
"""Bytes between keyframes, at most, and seconds of drawing after which one is made early."""
LONG_STREAM_BYTES = 1 << 26
"""Bytes of a stream from which on so many keyframes pay. A shorter one is drawn in a fifth of a second from its start:
jumps in it may take 2 ms of drawing, which nobody sees."""
SPARSE_SPACING_BYTES, SPARSE_SLOW_SECONDS = 1 << 20, 0.002
AFTER_RESIZE_BYTES = 64
"""Bytes after a resize at which a keyframe is made, as before it: a terminal that was restored may draw a resize
otherwise than one that was not (of what left the screen, and of saved cursors, it does not know all). So on the way to
a moment no resize is drawn that does not begin at a keyframe."""
MAX_RESIZE_KEYFRAMES = 1000
"""Keyframes from which on none is made for the sake of a resize alone."""
COMPRESS_FROM_BYTES = 3 << 16
"""Bytes of a state from which on it is compressed."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The emulator's state after the first `offset` screen bytes; a large one is `packed`."""

    offset: int
    state: bytes
    compressed: bool

    @staticmethod
    def of(offset: int, snapshot: bytes) -> Keyframe:
        """Compressing costs as much as drawing 100 KiB, so only screens far larger than usual are."""
        packed = len(snapshot) > COMPRESS_FROM_BYTES
        return Keyframe(offset, zlib.compress(snapshot, 1) if packed else snapshot, packed)

    @property
    def snapshot(self) -> bytes:
        """The state as it was taken."""
        return zlib.decompress(self.state) if self.compressed else self.state

    def restore(self) -> Emulator:
        """An emulator in this state."""
        return Emulator.restore(self.snapshot)


class KeyframeIndex:
    """Keyframes over a stream's screen lane. `build` runs in one thread; any number of `ScreenReader`s read."""

    def __init__(self, stream: EventStream, sizes: SizeTimeline, spacing: int | None = None) -> None:
        self.stream, self.sizes, self._spacing = stream, sizes, spacing
        self.keyframes: list[Keyframe] = []
        self.rejected = 0
        self._renderer = StreamRenderer(stream, sizes)

    @property
    def indexed_bytes(self) -> int:
        """Screen bytes indexed so far."""
        return self._renderer.offset

    @property
    def skipped(self) -> int:
        """Places at which drawing on would have ended the process, and the screen starts afresh."""
        return self._renderer.emulator.skipped

    @property
    def memory_bytes(self) -> int:
        """Bytes that the keyframes take."""
        return sum(len(keyframe.state) for keyframe in self.keyframes)

    def build(
        self, is_cancelled: Callable[[], bool] = never_cancelled, progress: Callable[[int], None] | None = None
    ) -> None:
        """Index what the stream holds now; call again when it has grown. Raises `Cancelled` when stopped."""
        last, spent = self.keyframes[-1].offset if self.keyframes else 0, 0.0
        spacing, slow = (
            (SPACING_BYTES, SLOW_SECONDS)
            if len(self.stream.output) >= LONG_STREAM_BYTES
            else (SPARSE_SPACING_BYTES, SPARSE_SLOW_SECONDS)
        )
        spacing = self._spacing or spacing
        step = shortest = min(STEP_BYTES, spacing)
        resized, at_resize = 0, False
        while (start := self._renderer.offset) < (end := len(self.stream.output)):
            target = min(end, start + step)
            resize = self.sizes.next_after(max(start, resized))
            if resize is not None and resize <= target:
                target = resized = resize
            begin = time.thread_time()
            self._renderer.render_to(target, is_cancelled)
            spent += time.thread_time() - begin
            if target == resize:
                wanted, at_resize, step = True, True, min(shortest, AFTER_RESIZE_BYTES)
            elif self._renderer.offset == start:
                if start + step >= end:
                    return  # the rest is an unfinished sequence
                step *= 2
                continue
            else:
                wanted, at_resize, step = at_resize, False, shortest
            # A piece ends before an incomplete sequence: one that is a little short counts as whole.
            due = self._renderer.offset - last + step // 2 >= spacing or spent >= slow
            if self._renderer.offset > last and (due or (wanted and len(self.keyframes) < MAX_RESIZE_KEYFRAMES)):
                self._add_keyframe()
                last, spent = self._renderer.offset, 0.0
                if progress:
                    progress(last)
        if progress:
            progress(self._renderer.offset)

    def restore(self, keyframes: list[Keyframe]) -> None:
        """Take over keyframes made earlier; `build` goes on from the last of them."""
        self.keyframes = keyframes
        self._renderer.restore(keyframes[-1].snapshot, keyframes[-1].offset)

    def _add_keyframe(self) -> None:
        emulator = self._renderer.emulator
        snapshot = emulator.snapshot() if self._renderer.processed_offset == self._renderer.offset else None
        if snapshot is None or not restores_exactly(emulator, snapshot):
            self.rejected += 1
            return
        self.keyframes.append(Keyframe.of(self._renderer.offset, snapshot))

    def nearest(self, offset: int) -> Keyframe | None:
        """The last keyframe at or before a screen byte offset."""
        return nearest(self.keyframes, offset)


def nearest(keyframes: Sequence[Keyframe], offset: int) -> Keyframe | None:
    """The last of some keyframes, in order, at or before a screen byte offset."""
    position = bisect_right(keyframes, offset, key=lambda one: one.offset)
    return keyframes[position - 1] if position else None


def restores_exactly(emulator: Emulator, snapshot: bytes) -> bool:
    """Whether a snapshot, restored, is the emulator's state: the same snapshot again, or else the same screen.

    Styles may get other numbers, so snapshots can differ without harm.
    """
    try:
        copy = Emulator.restore(snapshot)
    except EmulatorError:
        return False
    # A wrap that waits elsewhere than at the margin is in no snapshot.
    return copy.wrap_pending == emulator.wrap_pending and (
        copy.snapshot() == snapshot or copy.displays_same_as(emulator)
    )
