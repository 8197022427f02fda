"""Random access to screens: restores the nearest keyframe and renders the output after it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.terminal_theme import RGB
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.stream_renderer import StreamRenderer

RESTORE_COST_BYTES = 1 << 16
"""Bytes that are rendered in the time of restoring a keyframe."""
STEP_BACK_EVENTS = 32
"""When stepping back, the screens of this many earlier events are cached: they are probably requested next."""
MAX_CACHED_SCREENS = 128


class ScreenReader:
    """Reads screens at any time, in one thread. Continues from its current offset if that is nearer than a keyframe.

    Screens rendered on the way are cached, so that stepping one event back is as fast as one forward. `palette` has
    the recorded terminal's own colours, in place of which the stream can set others.
    """

    def __init__(self, index: KeyframeIndex, palette: Mapping[int, RGB] | None = None) -> None:
        self._index = index
        self._palette = dict(palette or {})
        self._renderer = StreamRenderer(index.stream, index.sizes)
        self._cached: OrderedDict[int, Screen] = OrderedDict()  # by output offset, the most recent last

    def at_time(self, seconds: float, is_cancelled: Callable[[], bool] = never_cancelled) -> Screen:
        """Return the screen after all events with time <= `seconds`. Raises `Cancelled`."""
        stream = self._index.stream
        return self.at_offset(stream.output_length_after(stream.event_count_at(seconds)), seconds, is_cancelled)

    def at_offset(
        self, offset: int, seconds: float = 0.0, is_cancelled: Callable[[], bool] = never_cancelled
    ) -> Screen:
        """Return the screen after the first `offset` output bytes, labelled with `seconds`. Raises `Cancelled`."""
        if screen := self._cached.get(offset):
            self._cached.move_to_end(offset)
            return _with_time(screen, seconds)
        keyframe = self._index.nearest(offset)
        current = self._renderer.offset
        is_backward = offset < self._renderer.processed_offset
        near = current if self._has_resize(current, offset) else current + RESTORE_COST_BYTES + 1
        jumps = is_backward or (keyframe and keyframe.offset >= near)
        if jumps and keyframe:
            self._renderer.restore(keyframe.snapshot, keyframe.offset)
        elif jumps:
            self._renderer = StreamRenderer(self._index.stream, self._index.sizes)
        if jumps:
            for event_end in self._event_ends_before(offset, STEP_BACK_EVENTS if self._is_step_back(offset) else 1):
                self._render(event_end, 0.0, is_cancelled)
        return self._render(offset, seconds, is_cancelled)

    def _has_resize(self, start: int, end: int) -> bool:
        """Return True if a resize is between two offsets; it must be rendered from the keyframe before it."""
        resize = self._index.sizes.next_after(max(0, start - 1))
        return resize is not None and resize < end

    def _is_step_back(self, offset: int) -> bool:
        """Return True if `offset` is less than `STEP_BACK_EVENTS` events before the last requested one."""
        last = next(reversed(self._cached), 0)
        event = self._index.stream.event_at_output
        return offset < last and event(last) - event(offset) < STEP_BACK_EVENTS

    def _event_ends_before(self, offset: int, count: int) -> list[int]:
        """Return the end offsets of the last `count` events before `offset` that are not rendered yet."""
        stream, ends = self._index.stream, [offset]
        while len(ends) <= count and ends[-1] > self._renderer.offset:
            ends.append(stream.output_length_after(stream.event_at_output(ends[-1] - 1)))
        return [end for end in reversed(ends[1:]) if end > self._renderer.offset]

    def _render(self, offset: int, seconds: float, is_cancelled: Callable[[], bool]) -> Screen:
        self._renderer.render_to(offset, is_cancelled)
        screen = self._renderer.emulator.screen(seconds)
        if self._palette:
            screen = replace(screen, palette=self._palette | screen.palette)
        self._cached[offset] = screen
        if len(self._cached) > MAX_CACHED_SCREENS:
            self._cached.popitem(last=False)
        return screen


def _with_time(screen: Screen, seconds: float) -> Screen:
    return screen if screen.time == seconds else replace(screen, time=seconds)
