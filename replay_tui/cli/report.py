"""`report`: saves a review report as HTML or Markdown, to be kept with the decision."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay_tui.cli.open_session import allow_download, is_remote, open_recording, print_gaps
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import Progress, print_status
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError
from replay_tui.settings.state_store import StateStore
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.export.report.model import ReviewerNotes
    from replay_tui.recording import Recording


@click.command("report", epilog=examples("report session.json -o report.html", "report session.json -o report.md"))
@session_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    required=True,
    help="File name ending in .html or .md; only its owner may read it.",
)
@size_option
@source_options
def command(session: str, output: str, size: tuple[int, int] | None, times: TimeUnit, api_url: str | None) -> int:
    """Save a review report: verdict, findings with their screens or statements, risk, review history, your bookmarks
    and note, metadata, statements, fidelity warnings, and digests of the content. Hidden input is masked.
    """
    from replay_tui.export.atomic_file import validate_target
    from replay_tui.export.report.formats import report_format_of
    from replay_tui.export.report.writer import write_report

    form = report_format_of(output)
    if form is None:
        raise UsageError(f"Unknown report format: {sanitize(output)} must end in .html or .md.")
    validate_target(output)
    allow_download(session, api_url)
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    with Progress("reporting") as progress:
        target = write_report(
            recording,
            form,
            output,
            notes=reviewer_notes(recording, StateStore()),
            file=None if is_remote(session) else Path(session),
            now=datetime.now(UTC),
            progress=progress.update,
        )
    exit_code = print_gaps(recording)
    print_status(f"{target.stat().st_size} bytes saved in {sanitize(target)}.")
    return exit_code


def reviewer_notes(recording: Recording, store: StateStore) -> ReviewerNotes:
    """Return what the reviewer saved for a recording, by the session's id, or by its name without one."""
    from replay_tui.export.report.model import ReviewerNotes

    key = str(recording.session.fields.id or recording.name)
    return ReviewerNotes(store.bookmarks(key), store.review_note(key))
