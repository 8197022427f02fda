"""Minimal Textual application that shows the frames of a recording: the baseline for the interface's latency and CPU.

    python tests/benchmarks/minimal.py RECORDING [--load FILE]

Draws a bordered pane, a side pane, a timeline and a status line, as the program does, and answers the same input: `.`
and `,` step, `space` plays at 1x, `tab` moves the focus, and a drag on the timeline seeks. Every frame is computed
before the first one is shown, so that only Textual is measured. With `--load` a thread of this process meanwhile reads,
indexes and analyses a file as the program does, but shows none of it.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

sys.path.insert(0, str(Path(__file__).parents[2]))

from replay_tui.domain.times import format_time
from replay_tui.recording import Recording
from replay_tui.sources import open_source
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.ui.screen_style import ScreenLook, row_strip

FRAMES = 400
FRAMES_PER_SECOND = 30

Frame = list[Strip]


def read_frames(path: str) -> tuple[list[float], list[Frame]]:
    """Return the times and the screens of the first output events; equal rows of two screens are the same object."""
    loaded = next(one for one in open_source(path) if len(one.stream) > FRAMES or one.stream.complete)
    recording = Recording(loaded)
    reader, strips = ScreenReader(recording.index), dict[int, tuple[object, Strip]]()
    times, frames = list(recording.stream.times[:FRAMES]), []
    for count, moment in enumerate(times, 1):
        screen = reader.at_offset(recording.stream.output_length_after(count), moment)
        for row in screen.grid:
            if id(row) not in strips:
                strips[id(row)] = row, row_strip(row, screen.cols, ScreenLook())
        frames.append([strips[id(row)][1] for row in screen.grid])
    return times, frames


class Pane(Widget, can_focus=True):
    """Shows one frame; redraws the rows that changed."""

    frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        before, self.frame = self.frame, frame
        if before is None:
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, frame, strict=True)):
            if old is not new and y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self.frame is None or y >= len(self.frame):
            return Strip.blank(width)
        return self.frame[y].crop(0, width).adjust_cell_length(width)


class Bar(Widget):
    """Timeline of two rows; reports the part of the width that the pointer is dragged to."""

    part = 0.0
    dragged: Any = None

    def render_line(self, y: int) -> Strip:
        head = int(self.part * (self.size.width - 1))
        from rich.segment import Segment

        line = "━" * head + "●" + "─" * (self.size.width - 1 - head)
        return Strip([Segment(line if y else " " * self.size.width)], self.size.width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self.dragged(event.x / self.size.width)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self.dragged(event.x / self.size.width)

    def on_mouse_up(self) -> None:
        self.release_mouse()


class Minimal(App[None]):
    """Shows the frames."""

    CSS = """
    Pane { border: round gray; } Pane:focus { border: round yellow; }
    #side { width: 40; border: round gray; } #side:focus { border: round yellow; }
    Bar { height: 2; } #status { height: 1; } #keys { height: 1; }
    """
    BINDINGS = [  # noqa: RUF012 -- as in Textual
        ("full_stop", "step(1)"), ("comma", "step(-1)"), ("space", "play"), ("tab", "app.focus_next"), ("q", "quit"),
    ]  # fmt: skip
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, times: list[float], frames: list[Frame]) -> None:
        super().__init__()
        self.times, self.frames, self.at, self.begun = times, frames, 0, 0.0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Pane()
            side = Static("a side pane\n" * 20, id="side")
            side.can_focus = True
            yield side
        yield Bar()
        yield Static("", id="status")
        yield Static(". next  , previous  q quit", id="keys")

    def on_mount(self) -> None:
        self.query_one(Bar).dragged = lambda part: self.show(int(part * (len(self.frames) - 1)))
        self.timer = self.set_interval(1 / FRAMES_PER_SECOND, self.follow, pause=True)
        self.query_one(Pane).focus()
        self.show(0)

    def show(self, at: int) -> None:
        self.at = at = min(max(0, at), len(self.frames) - 1)
        self.query_one(Pane).show(self.frames[at])
        bar = self.query_one(Bar)
        bar.part = at / len(self.frames)
        bar.refresh()
        status = f"1x {format_time(self.times[at], decimals=1)} / {format_time(self.times[-1], decimals=1)}"
        self.query_one("#status", Static).update(status, layout=False)

    def action_step(self, direction: int) -> None:
        self.show(self.at + direction)

    def action_play(self) -> None:
        self.begun = time.monotonic() - self.times[self.at]
        self.timer.resume()

    def follow(self) -> None:
        at = self.at
        while at + 1 < len(self.times) and self.times[at + 1] <= time.monotonic() - self.begun:
            at += 1
        if at != self.at:
            self.show(at)


def load(path: str) -> None:
    """Read, index and analyse a session as the program does, in this thread."""
    from replay_tui.gateway.cancel_token import CancelToken
    from replay_tui.ui.gc_control import gc_paused
    from replay_tui.ui.session_loader import AnalysisFinished, SessionLoader
    from replay_tui.ui.session_ref import SessionRef

    def take(event: object) -> None:
        if isinstance(event, AnalysisFinished):
            with gc_paused(event.recording.stream):
                event.recording.text_index.build()

    SessionLoader(SessionRef(path), None, take, CancelToken(), cached=False).run()


def main() -> None:
    """Run the application."""
    from replay_tui.ui.app import SWITCH_INTERVAL_SECONDS
    from replay_tui.ui.gc_control import freeze_loaded_objects

    app = Minimal(*read_frames(sys.argv[1]))
    freeze_loaded_objects()
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    if sys.argv[2:3] == ["--load"]:
        threading.Thread(target=load, args=(sys.argv[3],), daemon=True).start()
    app.run()


if __name__ == "__main__":
    main()
