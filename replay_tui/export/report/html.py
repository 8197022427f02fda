"""Report as an HTML page that prints well, needs no other file and runs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from replay_tui.export.html_page import render_page
from replay_tui.export.report.model import Report, ReportPart
from replay_tui.presenters.document import Field, Pairs, Paragraph

Group = tuple[bool, list[tuple[ReportPart, str]]]
"""Consecutive parts with the names of their classes; True if they are the rows of a table."""


def report_html(report: Report) -> Iterator[str]:
    """Yield the page piece by piece."""
    sections = [(section, _groups(section.parts)) for section in report.sections]
    yield from render_page("report.html", title=report.title, sections=sections, footer=report.footer)


def _groups(parts: Sequence[ReportPart]) -> list[Group]:
    return [
        (is_table, [(part, type(part).__name__) for part in group]) for is_table, group in groupby(parts, key=_is_row)
    ]


def _is_row(part: ReportPart) -> bool:
    return isinstance(part, Field | Pairs) or (isinstance(part, Paragraph) and bool(part.label))
