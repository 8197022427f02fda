"""Exporter: writes a recording to a file in one of the export formats. Can run in any thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.errors import UsageError, never_cancelled
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.export.atomic_file import atomic_writer, validate_target
from replay_tui.export.export_job import ExportJob, identity, no_progress
from replay_tui.export.redacted_recording import redact_recording

if TYPE_CHECKING:
    from replay_tui.recording import Recording


class Format(Struct, frozen=True):
    """An export format.

    Attributes:
        module, writer: module of this package and its function that writes the format.
        description: noun phrase for the help.
        extension: file name extension.
        has_times: True if the format contains event times, which idle compression can shorten.
        is_picture: True if the format shows the screen at one time instead of a range.
    """

    module: str
    writer: str
    description: str
    extension: str
    has_times: bool = False
    is_picture: bool = False


FORMATS: dict[str, Format] = {
    "asciicast": Format("asciicast", "write_v3", "asciicast v3, for asciinema 3 and its web player", ".cast", True),
    "asciicast-v2": Format("asciicast", "write_v2", "asciicast v2, for everything that plays casts", ".cast", True),
    "txt": Format("text_formats", "write_txt", "the session's text, clean", ".txt"),
    "csv": Format("text_formats", "write_csv", "an event a row: time, type, text", ".csv"),
    "json": Format("gateway_json", "write_json", "the gateway's own form; opens here again", ".json"),
    "jsonl": Format("text_formats", "write_jsonl", "an object for each event, without loss", ".jsonl"),
    "svg": Format("svg", "write_svg", "a picture of one moment", ".svg", is_picture=True),
    "html": Format("session_html", "write_html", "a page: text, statements, findings; no script", ".html"),
}
"""Formats by their name in `--to`, in the order of the help."""


class ExportResult(Struct, frozen=True):
    """Result of an export: the file, its size in bytes, and the numbers of masked hidden inputs and secrets.

    `withheld` is the number of places in file transfers whose data is missing, because it holds secrets.
    """

    path: Path
    size: int
    hidden_inputs: int
    secrets: int
    withheld: int = 0

    @property
    def withheld_note(self) -> str:
        """The sentence about withheld data; empty if there is none."""
        if not self.withheld:
            return ""
        return (
            f"Data of file transfers is withheld in {pluralize(self.withheld, 'place')}, because it contains secrets."
        )


def export_recording(
    recording: Recording,
    format_name: str,
    path: str | os.PathLike[str],
    *,
    start: float | None = None,
    end: float | None = None,
    played_time: Callable[[float], float] = identity,
    reveal: bool = False,
    at: float | None = None,
    bookmarks: Sequence[Bookmark] = (),
    progress: Callable[[float, float | None], None] = no_progress,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> ExportResult:
    """Write `recording` to `path` atomically, readable by the owner only.

    Args:
        recording: the recording.
        format_name: a key of `FORMATS`.
        path: the file to write; an existing file is replaced.
        start, end: exported range in seconds, both included.
        played_time: maps recorded to playback time (`TimeMap.played`), to shorten the idle gaps of a cast.
        reveal: write hidden input unredacted; authentication messages are always redacted.
        at: time of a picture in seconds; the end by default.
        bookmarks: a reviewer's bookmarks, for casts, `json`, `jsonl` and `html`.
        progress: called with (done, total).
        is_cancelled: polled during the export.

    Raises `UsageError` for an invalid argument or if the file cannot be written, `Cancelled` if cancelled.
    """
    chosen = FORMATS.get(format_name)
    if chosen is None:
        raise UsageError(f"'{sanitize(format_name)[:40]}' is not a format; the formats are {', '.join(FORMATS)}.")
    if start is not None and end is not None and start > end:
        raise UsageError("The start of the range is after its end; swap them.")
    target = validate_target(path)
    seen = redact_recording(recording, reveal=reveal, is_cancelled=is_cancelled)
    job = ExportJob(
        seen.recording,
        seen.redactor,
        start=start if start and start > 0 else None,
        end=end,
        at=at,
        bookmarks=bookmarks,
        played_time=played_time,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    writer = getattr(import_module(f"replay_tui.export.{chosen.module}"), chosen.writer)
    with atomic_writer(target) as file:
        writer(job, file)
    return ExportResult(target, target.stat().st_size, seen.hidden_inputs, seen.secrets, seen.withheld)
