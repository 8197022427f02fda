"""A review record as a page that prints well, needs nothing else and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from replay_tui.domain.text import sanitize
from replay_tui.export.html_page import PAGE_END, page_start
from replay_tui.export.report.model import Code, Fact, Paragraph, Part, Report, ScreenExcerpt
from replay_tui.export.screen_html import screen_html
from replay_tui.export.svg import escaped


def report_html(report: Report) -> Iterator[str]:
    """The page, piece by piece."""
    yield page_start(report.title)
    yield f"<h1>{escaped(report.title)}</h1>\n"
    for section in report.sections:
        yield f"<section>\n<h2>{escaped(section.title)}</h2>\n"
        for kind, parts in groupby(section.parts, key=type):
            yield from _parts(kind, list(parts))
        yield "</section>\n"
    yield PAGE_END


def _parts(kind: type, parts: Sequence[Part]) -> Iterator[str]:
    """Parts of one kind, which follow each other."""
    if kind is Fact:
        yield "<table>\n"
        yield from (_fact(part) for part in parts if isinstance(part, Fact))
        yield "</table>\n"
        return
    for part in parts:
        if isinstance(part, ScreenExcerpt):
            yield _moment(part)
        elif isinstance(part, Code):
            yield f"<pre>{_block(part.text)}</pre>\n"
        elif isinstance(part, Paragraph):
            mark = f"<span class=faint>{escaped(part.mark)}</span> " if part.mark else ""
            yield f"<p>{mark}{_block(part.text, '<br>')}</p>\n"


def _fact(part: Fact) -> str:
    style = f' class="{part.severity.value}"' if part.severity else ""
    return f"<tr><th>{escaped(part.label)}</th><td{style}>{_block(part.value, '<br>')}</td></tr>\n"


def _moment(part: ScreenExcerpt) -> str:
    badge = ""
    if part.severity:
        badge = (
            f'<span class="{part.severity.value}">{part.severity.symbol} {escaped(part.severity.label.upper())}</span> '
        )
    note = f" <span class=faint>{escaped(part.note)}</span>" if part.note else ""
    code = f"<pre>{_block(part.code)}</pre>" if part.code else ""
    screen = screen_html(part.screen) if part.screen else ""
    return (
        f'<div class="finding"><span class="time">{escaped(part.time)}</span> {badge}{_block(part.label, "<br>")}{note}'
        f"{code}{screen}</div>\n"
    )


def _block(text: str, between: str = "\n") -> str:
    return between.join(escaped(line) for line in sanitize(text, keep_newlines=True).strip("\n").split("\n"))
