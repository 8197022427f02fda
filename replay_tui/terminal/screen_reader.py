"""Screens at any moment, read through the index: a keyframe is restored, and what lies behind it is drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from replay_tui.domain.cancellation import never_cancelled
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.stream_renderer import StreamRenderer

RESTORE_COST_BYTES = 1 << 16
"""Bytes that are drawn in the time that restoring a keyframe takes."""
STEP_BACK_EVENTS = 32
"""Events before a moment that are kept when it was reached by stepping back: most likely the next ones asked for."""
MAX_CACHED_SCREENS = 128
"""Screens that a reader keeps."""


class ScreenReader:
    """Screens at any moment, for one thread: draws on from where it stands when that is nearer than a keyframe.

    What is drawn on the way to a moment is kept, so that one event back costs no more than one on.
    """

    def __init__(self, index: KeyframeIndex) -> None:
        self._index = index
        self._renderer = StreamRenderer(index.stream, index.sizes)
        self._cached: OrderedDict[int, Screen] = OrderedDict()  # by screen byte offset, the newest last

    def at_time(self, seconds: float, is_cancelled: Callable[[], bool] = never_cancelled) -> Screen:
        """The screen after every event with time <= `seconds`."""
        stream = self._index.stream
        return self.at_offset(stream.output_length_after(stream.event_count_at(seconds)), seconds, is_cancelled)

    def at_offset(
        self, offset: int, seconds: float = 0.0, is_cancelled: Callable[[], bool] = never_cancelled
    ) -> Screen:
        """The screen after the first `offset` screen bytes, labelled with `seconds`. Raises `Cancelled`."""
        if screen := self._cached.get(offset):
            self._cached.move_to_end(offset)
            return _with_time(screen, seconds)
        keyframe = self._index.nearest(offset)
        here = self._renderer.offset
        behind = offset < self._renderer.processed_offset
        near = here if self._is_resized(here, offset) else here + RESTORE_COST_BYTES + 1
        jumps = behind or (keyframe and keyframe.offset >= near)
        if jumps and keyframe:
            self._renderer.restore(keyframe.snapshot, keyframe.offset)
        elif jumps:
            self._renderer = StreamRenderer(self._index.stream, self._index.sizes)
        if jumps:
            for place in self._places_before(offset, STEP_BACK_EVENTS if self._steps_back(offset) else 1):
                self._draw(place, 0.0, is_cancelled)
        return self._draw(offset, seconds, is_cancelled)

    def _is_resized(self, start: int, end: int) -> bool:
        """Whether a resize lies on the way: what it brings back is told by the keyframe before it."""
        resize = self._index.sizes.next_after(max(0, start - 1))
        return resize is not None and resize < end

    def _steps_back(self, offset: int) -> bool:
        """Whether a moment lies only a few events before the one that was asked for last."""
        last = next(reversed(self._cached), 0)
        event = self._index.stream.event_at_output
        return offset < last and event(last) - event(offset) < STEP_BACK_EVENTS

    def _places_before(self, offset: int, count: int) -> list[int]:
        """Where the last `count` events before `offset` end, as far as they are still to be drawn."""
        stream, places = self._index.stream, [offset]
        while len(places) <= count and places[-1] > self._renderer.offset:
            places.append(stream.output_length_after(stream.event_at_output(places[-1] - 1)))
        return [place for place in reversed(places[1:]) if place > self._renderer.offset]

    def _draw(self, offset: int, seconds: float, is_cancelled: Callable[[], bool]) -> Screen:
        self._renderer.render_to(offset, is_cancelled)
        screen = self._cached[offset] = self._renderer.emulator.screen(seconds)
        if len(self._cached) > MAX_CACHED_SCREENS:
            self._cached.popitem(last=False)
        return screen


def _with_time(screen: Screen, seconds: float) -> Screen:
    return screen if screen.time == seconds else replace(screen, time=seconds)
