"""`write`: a recording into a file of some format, in whatever thread the caller likes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.domain.bookmark import Bookmark
from replay_tui.domain.cancellation import never_cancelled
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize
from replay_tui.export.atomic_file import atomic_writer, validate_target
from replay_tui.export.export_job import ExportJob, identity, no_progress
from replay_tui.export.redacted_recording import redact_recording

if TYPE_CHECKING:
    from replay_tui.recording import Recording


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the `module` of this package whose function `writer` writes it, what it is, the usual file ending.

    `times`: it holds the events' times, which `played` can shorten; `frame`: it shows one moment instead of a part.
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
"""The formats by the name that `--to` takes, in the order of the help."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written where: bytes, and how many `masked` places hold `*` instead of what was typed unseen."""

    path: Path
    size: int
    redacted: int


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
    """Write `recording` as `form` (a key of `FORMATS`) to `path`, whole or not at all, for its owner's eyes only.

    `start`, `end` (seconds, both included) cut a part out, `played` shortens a cast's idle stretches (the method of a
    `player.idle.TimeMap`), `at` is the moment of a picture (default: the end), `bookmarks` are a reviewer's (for casts,
    `json`, `jsonl`, `html`), `reveal` lets input typed unseen out; authentication messages
    never leave. `progress` gets (done, total), `is_cancelled` is asked often. Raises `UsageError` for what cannot be
    asked or written, `Cancelled` when stopped.
    """
    chosen = FORMATS.get(format_name)
    if chosen is None:
        raise UsageError(f"'{sanitize(format_name)[:40]}' is no format; there are {', '.join(FORMATS)}.")
    if start is not None and end is not None and start > end:
        raise UsageError("The part's start lies behind its end.")
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
    return ExportResult(target, target.stat().st_size, seen.replacements)
