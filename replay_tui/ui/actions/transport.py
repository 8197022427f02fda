"""What the transport keys do on the replay screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from math import inf

from replay_tui.domain.times import parse_time
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.dialogs import AskScreen


class TransportActions(ReplayBase):
    """Play, seek, step, speed and idle."""

    options: PlayOptions
    loaded: bool

    def action_toggle_play(self) -> None:
        self.transport.toggle()
        self.tick()

    def action_seek_by(self, seconds: float) -> None:
        self.seek(self.transport.position + seconds)

    def action_seek_part(self, part: float) -> None:
        self.seek(self.transport.position + part * self.transport.duration)

    def action_seek_tenth(self, tenth: int) -> None:
        self.seek(self.transport.duration * tenth / 10)

    def action_seek_start(self) -> None:
        self.seek(0.0)

    def action_seek_end(self) -> None:
        self.seek(self.transport.duration)

    def action_step(self, direction: int) -> None:
        kinds = "".join(kind for kind in "oierm?" if kind not in self.hidden)
        self.transport.step(direction, kinds)
        self.tick()

    def action_faster(self) -> None:
        self.transport.faster()
        self.tick()

    def action_slower(self) -> None:
        self.transport.slower()
        self.tick()

    def action_speed_one(self) -> None:
        self.transport.set_speed(1.0)
        self.tick()

    def action_next_idle(self) -> None:
        self.transport.set_idle(self.transport.idle.following)
        self.tick()

    def action_goto(self) -> None:
        fields = self.session.fields
        zone: tzinfo | None = UTC if self.clock_mode == "utc" else None

        def moment(text: str, duration: float | None = None) -> float:
            longest = self.transport.duration if duration is None else duration
            return parse_time(text, longest, start=fields.start_date, zone=zone)

        def go(text: str | None) -> None:
            if text is None:
                return
            if self.loaded:
                self.seek(moment(text))
            else:  # asked for while there is nothing yet: the session begins there
                share = text.strip().endswith("%")
                self.options = replace(self.options, at=text if share else repr(moment(text, inf)))

        self.app.push_screen(AskScreen("Go to", "95.5, 1:02:03, 50% or @14:03:07", moment), go)
