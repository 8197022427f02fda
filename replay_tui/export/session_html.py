"""A session as one page that needs nothing else and runs nothing: findings, statements, and the text with its times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TextIO

from replay_tui.domain.bookmark import Bookmark
from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_duration, format_time
from replay_tui.export.export_job import ExportJob, title_of
from replay_tui.export.html_page import PAGE_END, page_start
from replay_tui.export.svg import escaped


def write_html(job: ExportJob, file: TextIO) -> None:
    """The whole page; the text is written as it comes."""
    title = job.redactor.text(title_of(job.recording))
    file.write(page_start(title))
    file.write(f"<h1>{escaped(title)}</h1>\n<p>{escaped(_facts(job))}</p>\n")
    file.writelines(_findings(job.findings(), job))
    file.writelines(_bookmarks(job.bookmarks_in_range()))
    file.writelines(_statements(job.statements()))
    if not job.recording.kind.lists_statements:  # there the statements are the text
        file.writelines(_lines(job))
    file.write(PAGE_END)


def _facts(job: ExportJob) -> str:
    recording, fields = job.recording, job.recording.session.fields
    began = fields.start_date
    parts = [
        began.strftime("%Y-%m-%d %H:%M:%S %Z").strip() if isinstance(began, datetime) else "",
        " ".join(filter(None, (fields.type, fields.connection_subtype, fields.verb))),
        f"session {fields.id}" if fields.id else "",
        f"lasts {format_duration(recording.duration)}" if recording.duration else "",
    ]
    if job.start is not None or job.end is not None:
        end = recording.duration if job.end is None else job.end
        parts.append(f"the part from {format_time(job.first)} to {format_time(end)}")
    return " \u00b7 ".join(filter(None, parts))


def _findings(findings: list[Finding], job: ExportJob) -> Iterator[str]:
    yield f"<h2>Findings ({len(findings)})</h2>\n"
    if not findings:
        yield "<p>Nothing was found by the program's own rules, which are a best effort.</p>\n"
        return
    yield "<table>\n"
    for finding in findings:
        link = f'<a href="#s{finding.statement}">{format_time(finding.time)}</a>'
        time = link if finding.statement is not None else format_time(finding.time)
        evidence = f"<pre>{_block(job.redactor.text(finding.evidence))}</pre>" if finding.evidence else ""
        yield (
            f'<tr class="finding"><td class="time">{time}</td><td class="{finding.severity.value}">'
            f"{finding.severity.symbol} {escaped(finding.severity.label)}</td>"
            f"<td>{escaped(job.redactor.text(finding.message))} <span "
            f"class=faint>{escaped(finding.rule)}</span>{evidence}"
            "</td></tr>\n"
        )
    yield "</table>\n"


def _bookmarks(marked: list[Bookmark]) -> Iterator[str]:
    if marked:
        yield f"<h2>Bookmarks ({len(marked)})</h2>\n<table>\n"
        for one in marked:
            yield f'<tr><td class="time">{format_time(one.time)}</td><td>{escaped(one.note or "bookmark")}</td></tr>\n'
        yield "</table>\n"


def _statements(rows: Iterable[tuple[int, Statement]]) -> Iterator[str]:
    found = list(rows)
    if not found:
        return
    yield f"<h2>Statements ({len(found)})</h2>\n<table>\n"
    for at, row in found:
        more = ""
        if row.params:
            values = ", ".join("NULL" if value is None else value for value in row.params)
            more += f"<div class=faint>parameters: {escaped(values)}</div>"
        if row.deleted:
            more += "<div class=faint>typed, then deleted</div>"
        yield (
            f'<tr id="s{at}"><td class="time">{format_time(row.time)}</td><td class=faint>{escaped(row.kind)}</td>'
            f"<td><pre>{_block(row.text)}</pre>{more}</td></tr>\n"
        )
    yield "</table>\n"


def _lines(job: ExportJob) -> Iterator[str]:
    yield "<h2>Text</h2>\n<pre>"
    shown = ""
    for line in job.lines():
        time, text = format_time(line.time), escaped(line.text.expandtabs(8))
        yield f"<span class=time>{time if time != shown else ' ' * len(time)}</span>  {text}\n"
        shown = time
    yield "</pre>\n"


def _block(text: str) -> str:
    """Text of several lines, escaped; line breaks stay."""
    return "\n".join(escaped(line) for line in sanitize(text, keep_newlines=True).split("\n"))
