"""Keyframe index: seeks in constant time, independent of the recording's length.

The stream is rendered once from start to end, and a snapshot of the emulator is stored every `spacing` bytes (earlier
if rendering is slow). A seek restores the keyframe before its target and renders the bytes in between. Each keyframe is
verified when it is created: if restoring it does not give the same state, it is rejected.
"""

from __future__ import annotations

import time
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from msgspec import Struct

from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.stream_renderer import STEP_BYTES, StreamRenderer, note_refused

SPACING_BYTES, SLOW_SECONDS = 3 << 16, 0.0007
"""Maximum bytes between keyframes, and seconds of rendering after which one is created earlier."""
LONG_STREAM_BYTES = 1 << 26
"""Streams of at least this size get the dense spacing. A shorter one is rendered from its start in 0.2 s, and 2 ms of
rendering per seek are not noticeable."""
SPARSE_SPACING_BYTES, SPARSE_SLOW_SECONDS = 1 << 20, 0.002
AFTER_RESIZE_BYTES = 64
"""A keyframe is created before each resize and this many bytes after it. A restored terminal may reflow differently
than the original (a snapshot lacks some of the scrollback and saved cursors), so a seek must not render a resize that
does not directly follow a keyframe."""
MAX_RESIZE_KEYFRAMES = 1000
"""Number of keyframes from which resizes alone create no more."""
COMPRESS_FROM_BYTES = 3 << 16
"""States larger than this are compressed."""


class Keyframe(Struct, frozen=True):
    """The emulator's state after the first `offset` output bytes; a large state is `compressed`."""

    offset: int
    state: bytes
    compressed: bool

    @staticmethod
    def of(offset: int, snapshot: bytes) -> Keyframe:
        """Return a keyframe. Compression takes as long as rendering 100 KiB, so only unusually large states get it."""
        compressed = len(snapshot) > COMPRESS_FROM_BYTES
        return Keyframe(offset, zlib.compress(snapshot, 1) if compressed else snapshot, compressed)

    @property
    def snapshot(self) -> bytes:
        """The uncompressed state."""
        return zlib.decompress(self.state) if self.compressed else self.state

    def restore(self) -> Emulator:
        """Return an emulator in this state. Raises `EmulatorError`."""
        return Emulator.restore(self.snapshot)


class KeyframeIndex:
    """Keyframes of a stream's output. `build` runs in one thread; any number of `ScreenReader`s read concurrently.

    `rejected` counts the keyframes that failed verification.
    """

    def __init__(self, stream: EventStream, sizes: SizeTimeline, spacing: int | None = None) -> None:
        self.stream, self.sizes, self._spacing = stream, sizes, spacing
        self.keyframes: list[Keyframe] = []
        self.rejected = 0
        self._renderer = StreamRenderer(stream, sizes)

    @property
    def indexed_bytes(self) -> int:
        """Output bytes indexed so far."""
        return self._renderer.offset

    @property
    def skipped(self) -> int:
        """Number of places that were skipped because they crash the emulator."""
        return self._renderer.emulator.skipped

    @property
    def work(self) -> int:
        """Work so far for control functions that count towards the emulator's limit."""
        return self._renderer.emulator.work

    @property
    def memory_bytes(self) -> int:
        """Total size of the keyframes."""
        return sum(len(keyframe.state) for keyframe in self.keyframes)

    def build(
        self, is_cancelled: Callable[[], bool] = never_cancelled, progress: Callable[[int], None] | None = None
    ) -> None:
        """Index the stream up to its current end; call again when it has grown. Raises `Cancelled`.

        `progress` is called with the number of output bytes indexed so far.
        """
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
            begin = self._drawing_clock()
            self._renderer.render_to(target, is_cancelled)
            spent += self._drawing_clock() - begin
            if target == resize:
                wanted, at_resize, step = True, True, min(shortest, AFTER_RESIZE_BYTES)
            elif self._renderer.offset == start:
                if start + step >= end:
                    return  # the rest is an unfinished sequence
                step *= 2
                continue
            else:
                wanted, at_resize, step = at_resize, False, shortest
            # A piece may end before an incomplete sequence: one that is up to half a step short counts as complete.
            due = self._renderer.offset - last + step // 2 >= spacing or spent >= slow
            if self._renderer.offset > last and (due or (wanted and len(self.keyframes) < MAX_RESIZE_KEYFRAMES)):
                self._add_keyframe()
                last, spent = self._renderer.offset, 0.0
                if progress:
                    progress(last)
        if progress:
            progress(self._renderer.offset)

    def _drawing_clock(self) -> float:
        """Return the seconds that this thread has worked, without those that a seek does not repeat."""
        return time.thread_time() - self._renderer.search_seconds

    def restore(self, keyframes: list[Keyframe]) -> None:
        """Use keyframes from the cache; `build` continues from the last of them. Raises `EmulatorError`."""
        self.keyframes = keyframes
        self._renderer.restore(keyframes[-1].snapshot, keyframes[-1].offset)
        if refused := self._renderer.emulator.refused:
            position = bisect_left(keyframes, True, key=lambda one: one.restore().refused > 0)
            note_refused(self.stream, refused, keyframes[position - 1].offset if position else 0)

    def _add_keyframe(self) -> None:
        emulator = self._renderer.emulator
        snapshot = emulator.snapshot() if self._renderer.processed_offset == self._renderer.offset else None
        if snapshot is None or not restores_exactly(emulator, snapshot):
            self.rejected += 1
            return
        self.keyframes.append(Keyframe.of(self._renderer.offset, snapshot))

    def nearest(self, offset: int) -> Keyframe | None:
        """Return the last keyframe at or before an output offset, None if there is none."""
        return nearest(self.keyframes, offset)


def nearest(keyframes: Sequence[Keyframe], offset: int) -> Keyframe | None:
    """Return the last of the sorted `keyframes` at or before an output offset, None if there is none."""
    position = bisect_right(keyframes, offset, key=lambda one: one.offset)
    return keyframes[position - 1] if position else None


def restores_exactly(emulator: Emulator, snapshot: bytes) -> bool:
    """Return True if restoring `snapshot` gives the emulator's state: an equal snapshot, or else an equal screen.

    Snapshots may differ without a visible difference, because style numbers may change.
    """
    try:
        copy = Emulator.restore(snapshot)
    except EmulatorError:
        return False
    # A pending wrap at a side margin (DECSLRM) is not part of a snapshot.
    return copy.wrap_pending == emulator.wrap_pending and (
        copy.snapshot() == snapshot or copy.displays_same_as(emulator)
    )
