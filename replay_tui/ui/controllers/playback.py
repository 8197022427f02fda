"""Playback commands: play and pause, seek, single events, speed and idle compression."""

from __future__ import annotations

import time
from datetime import UTC, tzinfo
from math import inf

from msgspec.structs import replace

from replay_tui.domain.times import parse_time, wall_clock_note
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.dialogs import AskScreen

SCRUB_SECONDS = 1 / 100
"""Minimum time between two frames while the user drags on the timeline."""


class Playback:
    """Owns the playhead: every other controller that moves it calls `seek`."""

    def __init__(self, state: ReplayState, screen: ScreenView) -> None:
        self._state, self._screen = state, screen
        self._scrubbed = 0.0  # time of the last redraw
        self._is_late = False  # True while a move waits for its redraw

    def seek(self, seconds: float) -> None:
        """Move the playhead to a time in seconds."""
        self._move(seconds)
        self._state.changed(Aspect.PLAYHEAD)

    def _move(self, seconds: float) -> None:
        state = self._state
        state.player.seek(seconds)
        state.awaited_part = None
        state.at_live = state.live is not None and seconds >= state.player.duration

    def scrub(self, part: float) -> None:
        """Move the playhead to a part (0 to 1) of the recording while the user drags.

        Redraws at most every `SCRUB_SECONDS`, and once more for the last move.
        """
        state = self._state
        self._move(part * state.player.duration)
        if not state.has_recording:  # the timeline is empty: the part of a length that is not known yet
            state.awaited_part = part, state.player.position
        if (now := time.monotonic()) - self._scrubbed >= SCRUB_SECONDS:
            self._scrubbed = now
            self._state.changed(Aspect.PLAYHEAD)
        elif not self._is_late:
            self._is_late = True
            self._screen.set_timer(SCRUB_SECONDS, self._show_late)

    def _show_late(self) -> None:
        self._is_late = False
        self._state.announce_playhead()

    def toggle(self) -> None:
        self._state.player.toggle()
        self._state.changed(Aspect.PLAYHEAD)

    def seek_by(self, seconds: float) -> None:
        self.seek(self._state.player.position + seconds)

    def seek_part(self, part: float) -> None:
        self.seek_by(part * self._state.player.duration)

    def seek_tenth(self, tenth: int) -> None:
        self._seek_to_part(tenth / 10)

    def seek_start(self) -> None:
        self.seek(0.0)

    def seek_end(self) -> None:
        self._seek_to_part(1.0)

    def _seek_to_part(self, part: float) -> None:
        state = self._state
        self.seek(state.player.duration * part)
        if not state.complete:
            state.awaited_part = part, state.player.position

    def step(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) event that is not hidden."""
        kinds = "".join(kind for kind in "oiermxb?" if kind not in self._state.hidden)
        self._state.player.step(direction, kinds)
        self._state.changed(Aspect.PLAYHEAD)

    def faster(self) -> None:
        self._state.player.faster()
        self._state.changed(Aspect.PLAYHEAD)

    def slower(self) -> None:
        self._state.player.slower()
        self._state.changed(Aspect.PLAYHEAD)

    def normal_speed(self) -> None:
        self._state.player.set_speed(1.0)
        self._state.changed(Aspect.PLAYHEAD)

    def next_idle(self) -> None:
        self._state.player.next_idle()
        self._state.changed(Aspect.PLAYHEAD)

    def ask_time(self) -> None:
        """Ask for a time and go there; until the recording is loaded, set the start position."""
        state = self._state
        zone: tzinfo | None = UTC if state.clock_mode == "utc" else None

        def moment(text: str) -> float:
            return state.recording.parse_position(text, zone)

        def go(text: str | None) -> None:
            if text is None:
                return
            start = state.session.fields.start_date
            if state.has_recording:
                self.seek(moment(text))
            elif not text.strip().endswith("%"):
                state.options = replace(state.options, at=repr(parse_time(text, inf, start=start, zone=zone)))
            else:
                state.options = replace(state.options, at=text)
            if start and (note := wall_clock_note(text, start, zone)):
                self._screen.say(note, severity="warning")

        self._screen.ask(
            AskScreen("Go to", "95.5, 1:02:03, 50%, @14:03:07 or @2026-11-03 01:00", moment, confirm="Go"), go
        )
