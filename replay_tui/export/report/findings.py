"""Findings of a report: the worst first, each with its screen or statement; low ones as a table at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from replay_tui.domain.display_text import truncate
from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.finding import Finding, worst_first
from replay_tui.export.redacted_recording import RedactedRecording
from replay_tui.export.report.model import Cell, Excerpt, ReportSection, ReportTable
from replay_tui.export.report.plain_words import evidence
from replay_tui.presenters.document import Code, Paragraph, Role, Span, Subheading
from replay_tui.presenters.findings import findings_title
from replay_tui.presenters.risk import risk_badge
from replay_tui.presenters.values import wall_clock
from replay_tui.terminal.screen import Screen

if TYPE_CHECKING:
    from replay_tui.recording import Recording

MAX_SCREENS = 200
"""Findings, and bookmarks, that are shown with their screen."""
MAX_STATEMENT_CHARS = 4000
MAX_CELL_CHARS = 300
"""Characters of a low finding's evidence."""
LOW_HEADINGS = ("severity", "time", "finding", "text")


def findings_section(
    redacted: RedactedRecording,
    progress: Callable[[int, int], object],
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> ReportSection:
    """Return the findings. `progress` is called with the drawn findings and their total. Raises `Cancelled`."""
    recording = redacted.recording
    findings = worst_first(recording.findings)
    section = ReportSection.of(findings_title(findings, recording.completeness))
    shown = [one for one in findings if one.severity.rank and not one.informational]
    with_screens, previous = recording.kind.has_screen, None
    for number, one in enumerate(shown):
        if is_cancelled():
            raise Cancelled
        progress(number, len(shown))
        is_repeated = previous is not None and previous.time == one.time
        screen = recording.screen(one.time) if with_screens and number < MAX_SCREENS and not is_repeated else None
        section.parts.append(_excerpt(recording, one, screen_above=with_screens and is_repeated, screen=screen))
        previous = one
    if with_screens and len(shown) > MAX_SCREENS:
        section.parts.append(Paragraph(f"Only the first {MAX_SCREENS} findings are shown with their screen."))
    if low := findings[len(shown) :]:
        section.parts.append(Subheading("Low and informational"))
        section.parts.append(ReportTable(LOW_HEADINGS, _low_rows(recording, low)))
    return section


def moment(recording: Recording, time: float) -> str:
    """Return a time of the recording, and the time of day in UTC if the start is known."""
    start = recording.session.fields.start_date
    clock = wall_clock(start, time, "utc") if isinstance(start, datetime) else ""
    return " · ".join(filter(None, (recording.format_time(time), clock)))


def _excerpt(recording: Recording, one: Finding, *, screen_above: bool, screen: Screen | None) -> Excerpt:
    text = one.evidence
    if not recording.kind.has_screen and one.statement is not None:
        text = truncate(recording.statements[one.statement].text, MAX_STATEMENT_CHARS)
    note = f"rule {one.rule}" + ("; same screen as above" if screen_above else "")
    return Excerpt(moment(recording, one.time), one.message, risk_badge(one.severity), note, text, screen)


def _low_rows(recording: Recording, findings: Sequence[Finding]) -> list[tuple[Cell, ...]]:
    return [
        (
            Span("i info", Role.MUTED) if one.informational else risk_badge(one.severity),
            recording.format_time(one.time),
            f"{one.message} (rule {one.rule})",
            Code(truncate(evidence(one), MAX_CELL_CHARS)),
        )
        for one in findings
    ]
