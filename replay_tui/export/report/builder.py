"""Contents of a report, in the order in which an auditor reads: verdict, findings, risk, review, notes, details."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from replay_tui import __version__
from replay_tui.domain.display_text import truncate
from replay_tui.domain.errors import never_cancelled
from replay_tui.export.html_page import params_text
from replay_tui.export.redacted_recording import RedactedRecording
from replay_tui.export.report.findings import MAX_SCREENS, findings_section, moment
from replay_tui.export.report.identification import EVENTS_DIGEST
from replay_tui.export.report.model import Cell, Excerpt, Report, ReportSection, ReportTable, ReviewerNotes
from replay_tui.export.report.plain_words import session_status, statement_kind
from replay_tui.export.report.review_history import review_history
from replay_tui.export.report.verdict import verdict_section
from replay_tui.presenters.completeness import no_statements_text
from replay_tui.presenters.document import Code, Field, Paragraph
from replay_tui.presenters.findings import fidelity_section
from replay_tui.presenters.risk import risk_section
from replay_tui.presenters.session import recording_sections

MAX_STATEMENTS = 5000
MAX_TITLE_CHARS = 100
"""The verdict holds the whole names of user and connection."""
MAX_FOOTER_CHARS = 70
STATEMENT_HEADINGS = ("time", "what", "statement")


def build_report(
    redacted: RedactedRecording,
    notes: ReviewerNotes,
    source: Sequence[tuple[str, str]],
    now: datetime,
    progress: Callable[[int, int], object] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> Report:
    """Return the report of a recording at `now` (UTC). `source` are labelled values that identify the input.

    `progress` is called with the findings that are done and their total. Raises `Cancelled`.
    """
    recording = redacted.recording
    session = recording.displayed_session
    title = redacted.redactor.text(recording.display_title)
    digest = next((fact for fact in source if fact[0] == EVENTS_DIGEST), (EVENTS_DIGEST, "not computed"))
    sections = [
        verdict_section(recording, digest),
        findings_section(redacted, progress, is_cancelled),
        ReportSection.of(risk_section(session)),
        review_history(session),
        *_notes(redacted, notes),
        *map(ReportSection.of, recording_sections(recording, status=session_status(session.fields), zone="utc")),
        _statements(redacted),
        _fidelity(redacted),
        _about(source, now),
    ]
    sections[2].title, sections[2].note = "Risk reported by the gateway", ""
    footer = f"session {session.fields.id}" if session.fields.id else title
    heading = f"Review report: {truncate(title, MAX_TITLE_CHARS)}"
    return Report(heading, sections, truncate(footer, MAX_FOOTER_CHARS))


def _notes(redacted: RedactedRecording, notes: ReviewerNotes) -> list[ReportSection]:
    """Return the section of a reviewer's notes; an empty list without notes."""
    if notes.note is None and not notes.bookmarks:
        return []
    section, recording = ReportSection("Reviewer's notes"), redacted.recording
    if notes.note is not None:
        section.parts.append(Field("marked as reviewed", redacted.redactor.text(notes.note) or "without a note"))
    for number, one in enumerate(notes.bookmarks):
        with_screen = recording.kind.has_screen and number < MAX_SCREENS
        screen = recording.screen(one.time) if with_screen else None
        note = redacted.redactor.text(one.note) or "bookmark"
        section.parts.append(Excerpt(moment(recording, one.time), note, screen=screen))
    return [section]


def _statements(redacted: RedactedRecording) -> ReportSection:
    rows = redacted.recording.statements
    section = ReportSection(f"Statements ({len(rows):,})")
    if rows:
        section.parts.append(ReportTable(STATEMENT_HEADINGS, [*_rows(redacted)]))
    else:
        section.parts.append(Paragraph(no_statements_text(redacted.recording.completeness)))
    if len(rows) > MAX_STATEMENTS:
        text = f"Only the first {MAX_STATEMENTS:,} of {len(rows):,} are shown; `replay-tui statements` prints all."
        section.parts.append(Paragraph(text))
    return section


def _rows(redacted: RedactedRecording) -> Iterator[tuple[Cell, ...]]:
    for row in redacted.recording.statements[:MAX_STATEMENTS]:
        notes = [statement_kind(row.kind), "typed, then deleted" if row.deleted else ""]
        if row.params:
            notes.append(f"parameters {params_text(row.params)}")
        yield redacted.recording.format_time(row.time), "; ".join(filter(None, notes)), Code(row.text)


def _fidelity(redacted: RedactedRecording) -> ReportSection:
    section = ReportSection.of(fidelity_section(redacted.recording.fidelity))
    if redacted.replacements:
        section.parts.append(Paragraph(f"Hidden input or secrets are masked in {redacted.replacements} places."))
    return section


def _about(source: Sequence[tuple[str, str]], now: datetime) -> ReportSection:
    facts = [*source, ("created", f"{now:%Y-%m-%d %H:%M:%S} UTC by replay-tui {__version__}")]
    times = ("times", "of the recording, as hours, minutes and seconds since its start; dates are in UTC")
    return ReportSection("About this report", parts=[Field(*fact) for fact in (*facts, times)])
