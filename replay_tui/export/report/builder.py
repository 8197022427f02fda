"""Contents of a report: session, review, risk, findings with screens, notes, statements, fidelity, source.

The model has sections of parts, excerpts of the screen among them, and a digest that identifies the recording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from replay_tui import __version__
from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.export.html_page import params_text
from replay_tui.export.redacted_recording import RedactedRecording
from replay_tui.presenters.completeness import no_statements_text
from replay_tui.presenters.document import Field, Paragraph, Part, Section, Span
from replay_tui.presenters.findings import fidelity_section, findings_title
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import risk_badge, risk_section
from replay_tui.presenters.session import recording_sections
from replay_tui.terminal.screen import Screen

DIGEST_CHECK_EVENTS = 4096
"""Events between two checks for cancellation."""


@dataclass(frozen=True, slots=True)
class ScreenExcerpt:
    """A moment of the session: `time` as text, a label, the text it rests on, and the screen at that time."""

    time: str
    label: str
    badge: Span | None = None
    note: str = ""
    code: str = ""
    screen: Screen | None = None


@dataclass(slots=True)
class ReportSection:
    """A section of a report; its parts can be screen excerpts too."""

    title: str
    badge: Span | None = None
    note: str = ""
    parts: list[Part | ScreenExcerpt] = field(default_factory=list)

    @staticmethod
    def of(section: Section) -> ReportSection:
        """Return the section of a presenter."""
        return ReportSection(section.title, section.badge, section.note, [*section.parts])


@dataclass(slots=True)
class Report:
    """A report. Its texts are unsanitized: writers sanitize and escape them."""

    title: str
    sections: list[ReportSection] = field(default_factory=list)


def events_digest(stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled) -> str:
    """Return the SHA-256 over all events: for each `<seconds> <type> <bytes>`, a line feed, and its payload.

    It is the same for a session of the gateway and its saved file. Raises `Cancelled`.
    """
    digest = hashlib.sha256()
    for event in stream.events():
        if not event.index % DIGEST_CHECK_EVENTS and is_cancelled():
            raise Cancelled
        digest.update(f"{event.time!r} {event.kind} {len(event.data)}\n".encode())
        digest.update(event.data)
    return digest.hexdigest()


MAX_SCREENS = 200
"""Findings, and bookmarks, that are shown with their screen."""
MAX_STATEMENTS = 5000


@dataclass(frozen=True, slots=True)
class ReviewerNotes:
    """Bookmarks of a reviewer, and the note of the reviewed mark (None: not marked as reviewed)."""

    bookmarks: Sequence[Bookmark] = ()
    note: str | None = None


def build_report(
    redacted: RedactedRecording,
    notes: ReviewerNotes,
    source: Sequence[tuple[str, str]],
    now: datetime,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Return the report of a recording at `now` (UTC). `source` are labelled values that identify the input.

    `progress` is called with the findings that are done and their total.
    """
    recording = redacted.recording
    session = recording.displayed_session
    sections = [*recording_sections(recording), review_section(session.fields.review, now), risk_section(session)]
    title = redacted.redactor.text(recording.display_title)
    report = Report(f"Review report: {title}", [*map(ReportSection.of, sections)])
    report.sections.append(_findings(redacted, progress))
    if notes.note is not None or notes.bookmarks:
        report.sections.append(_notes(redacted, notes))
    report.sections.append(_statements(redacted))
    fidelity = ReportSection.of(fidelity_section(recording.fidelity))
    if redacted.replacements:
        fidelity.parts.append(Paragraph(f"Hidden input or secrets are masked in {redacted.replacements} places."))
    report.sections.append(fidelity)
    facts = [*source, ("created", f"{now:%Y-%m-%d %H:%M:%S} UTC by replay-tui {__version__}")]
    report.sections.append(ReportSection("About this report", parts=[Field(*fact) for fact in facts]))
    return report


def _findings(redacted: RedactedRecording, progress: Callable[[int, int], object]) -> ReportSection:
    findings = redacted.recording.findings
    section = ReportSection.of(findings_title(len(findings), redacted.recording.completeness))
    with_screens, time_text = _has_screens(redacted), redacted.recording.format_time
    for number, one in enumerate(findings):
        progress(number, len(findings))
        screen = redacted.recording.screen(one.time) if with_screens and number < MAX_SCREENS else None
        badge = risk_badge(one.severity)
        section.parts.append(ScreenExcerpt(time_text(one.time), one.message, badge, one.rule, one.evidence, screen))
    if with_screens and len(findings) > MAX_SCREENS:
        section.parts.append(Paragraph(f"Only the first {MAX_SCREENS} findings are shown with their screen."))
    return section


def _has_screens(redacted: RedactedRecording) -> bool:
    """Return True if screens show more than the texts of the findings."""
    return redacted.recording.kind.has_screen


def _notes(redacted: RedactedRecording, notes: ReviewerNotes) -> ReportSection:
    section = ReportSection("Reviewer's notes")
    if notes.note is not None:
        section.parts.append(Field("marked as reviewed", redacted.redactor.text(notes.note) or "without a note"))
    for number, one in enumerate(notes.bookmarks):
        with_screen = _has_screens(redacted) and number < MAX_SCREENS
        screen = redacted.recording.screen(one.time) if with_screen else None
        note = redacted.redactor.text(one.note) or "bookmark"
        section.parts.append(ScreenExcerpt(redacted.recording.format_time(one.time), note, screen=screen))
    return section


def _statements(redacted: RedactedRecording) -> ReportSection:
    rows = redacted.recording.statements
    section = ReportSection(f"Statements ({len(rows)})", parts=[*_rows(redacted)])
    if not rows:
        section.parts.append(Paragraph(no_statements_text(redacted.recording.completeness)))
    if len(rows) > MAX_STATEMENTS:
        text = f"Only the first {MAX_STATEMENTS} of {len(rows)} are shown; `replay-tui statements` prints all."
        section.parts.append(Paragraph(text))
    return section


def _rows(redacted: RedactedRecording) -> Iterator[ScreenExcerpt]:
    for row in redacted.recording.statements[:MAX_STATEMENTS]:
        notes = [row.kind, "typed, then deleted" if row.deleted else ""]
        if row.params:
            notes.append(f"parameters {params_text(row.params)}")
        time = redacted.recording.format_time(row.time)
        yield ScreenExcerpt(time, "", note="; ".join(filter(None, notes)), code=row.text)
