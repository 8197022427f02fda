"""`report`: a review record, to be kept with the decision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay_tui import __version__
from replay_tui.cli.export import allow_download
from replay_tui.cli.open_session import is_remote, open_recording, print_analysis_warnings, title_of
from replay_tui.cli.options import examples, session_argument, size_option, source_options
from replay_tui.cli.output import print_status
from replay_tui.cli.progress import Progress
from replay_tui.cli.report_page import ReportBuilder
from replay_tui.cli.show_review import add_review
from replay_tui.cli.show_risk import add_risk
from replay_tui.cli.show_session import add_session
from replay_tui.domain.bookmark import Bookmark
from replay_tui.domain.errors import UsageError
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_time
from replay_tui.settings.state_store import SEEN, StateStore
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.export.redacted_recording import RedactedRecording
    from replay_tui.export.report.model import Report, ScreenExcerpt, Section
    from replay_tui.recording import Recording

MAX_PICTURES = 200
"""Findings and bookmarks that are shown with their screen."""
MAX_STATEMENTS = 5000
ENDINGS = {".html": "report_html", ".htm": "report_html", ".md": "report_markdown", ".markdown": "report_markdown"}


@click.command("report", epilog=examples("report session.json -o report.html", "report session.json -o report.md"))
@session_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    required=True,
    help="Ends in .html or .md; only you may read it.",
)
@size_option
@source_options
def command(session: str, output: str, size: tuple[int, int] | None, times: TimeUnit, api_url: str | None) -> None:
    """Save a review record: who, what, when; review, risk, findings with the screen at each, statements, your bookmarks
    and note, what is doubtful, and digests of the content. Input typed while nothing was echoed is masked.
    """
    from replay_tui.export.atomic_file import atomic_writer, validate_target
    from replay_tui.export.redacted_recording import redact_recording
    from replay_tui.export.report import html, markdown

    form = ENDINGS.get(Path(output).suffix.lower())
    if form is None:
        raise UsageError(f"{sanitize(output)} must end in .html or .md, which says what to write.")
    target = validate_target(output)
    allow_download(session, api_url)
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    with Progress("reporting") as progress:
        marks = ReviewerNotes.of(recording, StateStore())
        source = _source(session, recording)
        record = build_report(redact_recording(recording, reveal=False), marks, source, datetime.now(UTC), progress)
        write = html.report_html if form == "report_html" else markdown.report_markdown
        with atomic_writer(target) as file:
            file.writelines(write(record))
    print_analysis_warnings(recording.fidelity)
    print_status(f"{target.stat().st_size} bytes saved in {sanitize(target)}.")


class ReviewerNotes:
    """What the reviewer left on a session: `bookmarks`, and the `note` it was marked with (None: not marked)."""

    def __init__(self, bookmarks: Sequence[Bookmark] = (), note: str | None = None) -> None:
        self.bookmarks, self.note = bookmarks, note

    @staticmethod
    def of(recording: Recording, store: StateStore) -> ReviewerNotes:
        """Those of a recording, kept under its session's id, else its name."""
        key = str(recording.session.fields.id or recording.name)
        note = store.reviewed().get(key)
        return ReviewerNotes(store.bookmarks(key), None if note == SEEN else note)


def build_report(
    seen: RedactedRecording,
    marks: ReviewerNotes,
    source: Sequence[tuple[str, str]],
    now: datetime,
    progress: Progress | None = None,
) -> Report:
    """The record of what may be shown of a recording, made at `now` (UTC) from `source` (facts: label, value)."""
    from replay_tui.export.report.model import Fact, Paragraph, Report, Section

    recording = seen.recording
    page = ReportBuilder()
    add_session(page, recording)
    add_review(page, recording.session, now)
    add_risk(page, recording.session)
    record = Report(f"Review record: {seen.redactor.text(title_of(recording))}", page.sections)
    record.sections.append(_findings(seen, progress))
    if marks.note is not None or marks.bookmarks:
        record.sections.append(_marks(seen, marks))
    record.sections.append(_statements(seen))
    doubts = [Paragraph(one.sentence, "-") for one in recording.fidelity]
    record.sections.append(Section("Fidelity", [*(doubts or [Paragraph("Nothing is missing or doubtful.")])]))
    if seen.replacements:
        record.sections[-1].parts.append(
            Paragraph(f"{seen.replacements} places with input typed unseen or secrets are masked.")
        )
    facts = [*source, ("made", f"{now:%Y-%m-%d %H:%M:%S} UTC by replay-tui {__version__}")]
    record.sections.append(Section("About this record", [Fact(*fact) for fact in facts]))
    return record


def _findings(seen: RedactedRecording, progress: Progress | None) -> Section:
    from replay_tui.export.report.model import Paragraph, ScreenExcerpt, Section

    findings = seen.recording.findings
    title = f"Findings ({len(findings)}, by this program, best effort)" if findings else "Findings"
    section = Section(title)
    for number, one in enumerate(findings):
        if progress:
            progress.update(number, len(findings))
        screen = seen.recording.screen(one.time) if number < MAX_PICTURES and _needs_screens(seen) else None
        message, evidence = seen.redactor.text(one.message), seen.redactor.text(one.evidence)
        section.parts.append(ScreenExcerpt(format_time(one.time), message, one.severity, one.rule, evidence, screen))
    if not findings:
        section.parts.append(Paragraph("Nothing was found by this program's own rules."))
    elif len(findings) > MAX_PICTURES and _needs_screens(seen):
        section.parts.append(Paragraph(f"The first {MAX_PICTURES} are shown with their screen."))
    return section


def _needs_screens(seen: RedactedRecording) -> bool:
    """Whether screens say more than the findings' own text."""
    return seen.recording.kind.has_screen


def _marks(seen: RedactedRecording, marks: ReviewerNotes) -> Section:
    from replay_tui.export.report.model import Fact, ScreenExcerpt, Section

    section = Section("The reviewer's marks")
    if marks.note is not None:
        section.parts.append(Fact("marked as reviewed", marks.note or "without a note"))
    for number, one in enumerate(marks.bookmarks):
        screen = seen.recording.screen(one.time) if number < MAX_PICTURES and _needs_screens(seen) else None
        section.parts.append(ScreenExcerpt(format_time(one.time), one.note or "bookmark", screen=screen))
    return section


def _statements(seen: RedactedRecording) -> Section:
    from replay_tui.export.report.model import Paragraph, Section

    rows = seen.recording.statements
    section = Section(f"Statements ({len(rows)})", [*_rows(seen)])
    if not rows:
        section.parts.append(Paragraph("No statement was made out."))
    if len(rows) > MAX_STATEMENTS:
        section.parts.append(
            Paragraph(f"The first {MAX_STATEMENTS} of {len(rows)}; `replay-tui statements` writes all.")
        )
    return section


def _rows(seen: RedactedRecording) -> Iterator[ScreenExcerpt]:
    from replay_tui.export.report.model import ScreenExcerpt

    for row in seen.recording.statements[:MAX_STATEMENTS]:
        shown = seen.redactor.statement(row)
        notes = [row.kind, "typed, then deleted" if row.deleted else ""]
        if shown.params:
            notes.append("parameters " + ", ".join("NULL" if one is None else one for one in shown.params))
        yield ScreenExcerpt(format_time(row.time), "", note="; ".join(filter(None, notes)), code=shown.text)


def _source(session: str, recording: Recording) -> list[tuple[str, str]]:
    """What was read, and what tells it from any other: facts for the record."""
    from replay_tui.export.report.model import events_digest

    name = Path(recording.name).name or recording.name
    facts = [("source", f"session {recording.name} of the gateway" if is_remote(session) else name)]
    try:
        if session != "-" and not is_remote(session):
            with Path(session).open("rb") as file:
                facts.append(("SHA-256 of the file", hashlib.file_digest(file, "sha256").hexdigest()))
    except OSError:
        pass
    return [
        *facts,
        ("SHA-256 of the events", events_digest(recording.stream)),
        (
            "which is over",
            "all events in order, each as its time in seconds, type and length, a line feed, and its bytes",
        ),
    ]
