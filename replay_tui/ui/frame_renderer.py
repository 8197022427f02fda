"""Renders frames of the recorded screen in a worker thread; the newest request wins.

A newer request cancels a slow one, but never two in a row: otherwise no frame would appear while the user drags.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from msgspec import Struct

from replay_tui.domain.errors import Cancelled
from replay_tui.recording import Recording
from replay_tui.redaction.hidden_input import suspected_hidden_input
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import ScreenReader

MAX_FRAME_SECONDS = 0.1
"""How long a frame may take before a newer request cancels it."""


class FrameRequest(Struct, frozen=True):
    """The screen of `recording` after its first `count` events, at `time` seconds, redacted by `redactor`.

    With None, before hidden input has been analysed, the renderer redacts all input that may have been hidden.
    """

    recording: Recording
    count: int
    time: float
    redactor: Redactor | None = None


class FrameRenderer:
    """Renders the newest request in the thread that calls `run`."""

    def __init__(self) -> None:
        self._wanted: FrameRequest | None = None
        self._change = threading.Condition()
        self._closed = False
        self._begun = 0.0
        self._aborted = self._is_failing = False
        self._estimated: tuple[Recording | None, int, Redactor] = (None, 0, Redactor.none())
        self._readers: dict[int, tuple[Recording, ScreenReader]] = {}

    def request(self, request: FrameRequest) -> None:
        """Request a frame; replaces an older request that has not been started."""
        with self._change:
            self._wanted = request
            self._change.notify()

    def close(self) -> None:
        """Make `run` return."""
        with self._change:
            self._closed = True
            self._change.notify()

    def _superseded(self) -> bool:
        late = not self._aborted and time.monotonic() - self._begun > MAX_FRAME_SECONDS
        return self._closed or (self._wanted is not None and late)

    def run(
        self,
        deliver: Callable[[FrameRequest, Screen], object],
        failed: Callable[[Exception], object] = lambda _error: None,
    ) -> None:
        """Render the requests and pass the frames to `deliver`, until `close` is called.

        The first of several exceptions in a row is passed to `failed`, which logs it.
        """
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or self._wanted is not None)
                request, self._wanted = self._wanted, None
                if self._closed or request is None:
                    return
            self._begun = time.monotonic()
            try:
                screen = self._draw(request)
            except Cancelled:
                self._aborted = True
                continue
            except Exception as error:  # a screen that cannot be drawn must not end the thread
                self._readers.clear()
                if not self._is_failing:
                    failed(error)
                self._is_failing = True
                continue
            self._aborted = self._is_failing = False
            deliver(request, screen)

    def _draw(self, request: FrameRequest) -> Screen:
        recording = request.recording
        known = self._readers.get(id(recording))
        if known is None:
            if len(self._readers) > 3:
                self._readers.clear()
            known = self._readers[id(recording)] = (
                recording,
                ScreenReader(recording.index, recording.loaded_session.theme.palette),
            )
        offset = recording.stream.output_length_after(request.count)
        mask = request.redactor
        if mask is None:
            mask = self._suspected(recording, request.count)
        return mask.screen(known[1].at_offset(offset, request.time, self._superseded))

    def _suspected(self, recording: Recording, count: int) -> Redactor:
        """Return a redactor of all input in the first `count` events that may have been hidden."""
        of, judged, mask = self._estimated
        if of is not recording:
            judged, mask = 0, Redactor.none()
        if count > judged:
            mask = Redactor((*mask.hidden_input, *suspected_hidden_input(recording.terminal_stream, judged, count)))
            self._estimated = recording, count, mask
        return mask
