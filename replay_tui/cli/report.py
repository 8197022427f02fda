"""`report`: saves a review report as HTML or Markdown, to be kept with the decision."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay_tui.cli.open_session import allow_download, is_remote, open_recording, print_gaps
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import Progress, print_status
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize
from replay_tui.settings.state_store import SEEN, StateStore
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.export.report.builder import ReviewerNotes
    from replay_tui.recording import Recording

HTML, MARKDOWN = "html", "markdown"
FORMATS = {".html": HTML, ".htm": HTML, ".md": MARKDOWN, ".markdown": MARKDOWN}
"""Format by file name suffix."""


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
    """Save a review report: metadata, review, risk, findings with their screens, your bookmarks and note, statements,
    fidelity warnings, and digests of the content. Hidden input is masked.
    """
    from replay_tui.export.atomic_file import atomic_writer, validate_target
    from replay_tui.export.redacted_recording import redact_recording
    from replay_tui.export.report import html, markdown
    from replay_tui.export.report.builder import build_report

    form = FORMATS.get(Path(output).suffix.lower())
    if form is None:
        raise UsageError(f"Unknown report format: {sanitize(output)} must end in .html or .md.")
    target = validate_target(output)
    allow_download(session, api_url)
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    with Progress("reporting") as progress:
        notes, facts = reviewer_notes(recording, StateStore()), _source(session, recording)
        redacted = redact_recording(recording, reveal=False)
        report = build_report(redacted, notes, facts, datetime.now(UTC), progress.update)
        write = html.report_html if form == HTML else markdown.report_markdown
        with atomic_writer(target) as file:
            file.writelines(write(report))
    exit_code = print_gaps(recording)
    print_status(f"{target.stat().st_size} bytes saved in {sanitize(target)}.")
    return exit_code


def reviewer_notes(recording: Recording, store: StateStore) -> ReviewerNotes:
    """Return what the reviewer saved for a recording, by the session's id, or by its name without one."""
    from replay_tui.export.report.builder import ReviewerNotes

    key = str(recording.session.fields.id or recording.name)
    note = store.reviewed().get(key)
    return ReviewerNotes(store.bookmarks(key), None if note == SEEN else note)


def _source(session: str, recording: Recording) -> list[tuple[str, str]]:
    """Return labelled values that identify the input."""
    from replay_tui.export.report.builder import events_digest

    name = Path(recording.name).name or recording.name
    facts = [("source", f"session {recording.name} of the gateway" if is_remote(session) else name)]
    if session != "-" and not is_remote(session):
        with suppress(OSError), Path(session).open("rb") as file:
            facts.append(("SHA-256 of the file", hashlib.file_digest(file, "sha256").hexdigest()))
    return [
        *facts,
        ("SHA-256 of the events", events_digest(recording.stream)),
        ("digest input", "all events in order, each as time in seconds, type, length, a line feed and its bytes"),
    ]
