"""Writer of report files: redacts the recording, builds the report and writes it in one of the formats."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.domain.errors import never_cancelled
from replay_tui.export.atomic_file import atomic_writer, validate_target
from replay_tui.export.redacted_recording import redact_recording
from replay_tui.export.report.builder import build_report
from replay_tui.export.report.formats import ReportFormat
from replay_tui.export.report.identification import identification
from replay_tui.export.report.model import ReviewerNotes

if TYPE_CHECKING:
    from replay_tui.recording import Recording


def write_report(
    recording: Recording,
    form: ReportFormat,
    path: str | os.PathLike[str],
    *,
    notes: ReviewerNotes,
    file: Path | None,
    now: datetime,
    progress: Callable[[int, int], object] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> Path:
    """Write the report of a recording to `path` atomically; hidden input and secrets are masked. Return the path.

    `file` is the saved session, None for a session of the gateway; `now` is in UTC. Raises `UsageError` if the file
    cannot be written, `Cancelled` if cancelled.
    """
    target = validate_target(path)
    source = identification(recording, file, is_cancelled=is_cancelled)
    redacted = redact_recording(recording, reveal=False, is_cancelled=is_cancelled)
    report = build_report(redacted, notes, source, now, progress, is_cancelled)
    pieces = getattr(import_module(f"replay_tui.export.report.{form.module}"), form.writer)
    with atomic_writer(target) as opened:
        opened.writelines(pieces(report))
    return target
