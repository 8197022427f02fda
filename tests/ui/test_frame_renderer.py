"""Frame renderer: the newest request wins, and continuous requests still produce frames."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import replay_tui
from replay_tui.domain.errors import Cancelled
from replay_tui.recording import Recording
from replay_tui.redaction.redactor import Redactor
from replay_tui.terminal.screen import Screen
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.ui import frame_renderer
from replay_tui.ui.frame_renderer import FrameRenderer, FrameRequest
from tests.ui.sessions import shell


def test_continuous_requests_still_deliver_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer request cancels a slow frame, but never two in a row."""
    recording: Recording = replay_tui.load(shell(tmp_path))
    screen = recording.screen(0.0)
    delivered, drawing = threading.Event(), threading.Event()
    given_up = []
    drawer: FrameRenderer

    def slowly(reader: ScreenReader, offset: int, seconds: float = 0.0, stop: object = None) -> Screen:
        drawing.set()
        drawer.request(FrameRequest(recording, 1, 0.0, Redactor.none()))  # newer than the one in progress
        assert callable(stop)
        if stop():
            given_up.append(offset)
            raise Cancelled
        return screen

    monkeypatch.setattr(frame_renderer, "MAX_FRAME_SECONDS", -1.0)  # every frame exceeds it
    monkeypatch.setattr(ScreenReader, "at_offset", slowly)
    drawer = FrameRenderer()
    thread = threading.Thread(target=drawer.run, args=(lambda request, screen: delivered.set(),), daemon=True)
    thread.start()
    drawer.request(FrameRequest(recording, 2, 10.0, Redactor.none()))
    try:
        assert drawing.wait(120)
        assert delivered.wait(120)
        assert given_up
    finally:
        drawer.close()
