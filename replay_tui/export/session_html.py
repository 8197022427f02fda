"""HTML export of a session: findings, bookmarks, statements, and the text with its times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

from replay_tui.domain.times import format_duration
from replay_tui.export.export_job import ExportJob
from replay_tui.export.html_page import render_page
from replay_tui.presenters.completeness import incomplete_text, no_findings_text


def write_html(job: ExportJob, file: TextIO) -> None:
    """Write the page; the text is written while it is read, so that memory stays bounded."""
    with_text = not job.recording.kind.lists_statements  # otherwise the statements are the text
    completeness = job.recording.completeness
    page = render_page(
        "session.html",
        title=job.redactor.text(job.recording.display_title),
        facts=_facts(job),
        findings=job.findings(),
        incomplete=incomplete_text(completeness),
        no_findings=no_findings_text(completeness),
        redact=job.redactor.text,
        time=job.recording.format_time,
        bookmarks=job.bookmarks_in_range(),
        statements=list(job.statements()),
        text_lines=_lines(job) if with_text else None,
    )
    file.writelines(page)


def _facts(job: ExportJob) -> str:
    recording, fields = job.recording, job.recording.session.fields
    start = fields.start_date
    parts = [
        start.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if isinstance(start, datetime) else "",
        " ".join(filter(None, (fields.type, fields.connection_subtype, fields.verb))),
        f"session {fields.id}" if fields.id else "",
        f"duration {format_duration(recording.duration)}" if recording.duration else "",
    ]
    if job.start is not None or job.end is not None:
        end = recording.duration if job.end is None else job.end
        parts.append(f"part from {recording.format_time(job.first)} to {recording.format_time(end)}")
    return " · ".join(filter(None, parts))


def _lines(job: ExportJob) -> Iterator[tuple[str, str]]:
    """Yield time and text of each line; the time is blank if it is that of the line before."""
    previous = ""
    for line in job.lines():
        time = job.recording.format_time(line.time)
        yield time if time != previous else " " * len(time), line.text.expandtabs(8)
        previous = time
