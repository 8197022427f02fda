"""One moment as a picture."""

from __future__ import annotations

from typing import TextIO

from replay_tui.domain.time_format import format_time
from replay_tui.export.job import Job, title_of
from replay_tui.export.svg import screen_svg


def write_svg(job: Job, file: TextIO) -> None:
    """The screen at `job.at`, at the recording's end where that is None."""
    recording = job.recording
    screen = job.redactor.screen(recording.screen(recording.duration if job.at is None else job.at, reveal=True))
    file.write(screen_svg(screen, f"{title_of(recording)}  {format_time(screen.time)}") + "\n")
