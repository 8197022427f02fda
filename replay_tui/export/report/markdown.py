"""Report as Markdown (CommonMark with tables). All markup in foreign text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.export.report.model import Cell, Excerpt, Report, ReportPart, ReportSection, ReportTable
from replay_tui.presenters.document import (
    Code,
    Field,
    Item,
    Pairs,
    Paragraph,
    Role,
    Subheading,
)

_MARKUP = lazy_compile(
    r"[\\`*{}\[\]<>|~$]|&(?=[#\w]+;)|(?<![^\W_])_|_(?![^\W_])|:(?=//|[A-Za-z+-][\w+-]*:)|(?<=www)\.|^[-+=#]"
)
"""Markup of CommonMark and of common viewers: also `$math$`, `:emoji:` and addresses that become links."""
_NUMBERED = lazy_compile(r"^(\d{1,9})([.)])(?=\s|$)")


def report_markdown(report: Report) -> Iterator[str]:
    """Yield the document piece by piece."""
    yield f"# {plain(report.title)}\n"
    for section in report.sections:
        yield f"\n## {_headline(section)}\n\n"
        in_table = in_list = False
        for part in section.parts:
            row = _row(part)
            if row and not in_table:
                yield "\n" if in_list else ""
                yield _head(("", ""))
            elif in_table and not row:
                yield "\n"
            in_table, in_list = bool(row), isinstance(part, Item)
            yield row or _block(part)


def _headline(section: ReportSection) -> str:
    status = " ".join(filter(None, (section.badge.text if section.badge else "", section.note)))
    return " · ".join(plain(text) for text in (section.title, status) if text)


def _row(part: ReportPart) -> str:
    """Return a part as a row of a table, empty if it is none."""
    match part:
        case Field(label, value, role):
            text = plain(value, "<br>")
            return f"| {plain(label)} | {f'**{text}**' if role is Role.BAD else text} |\n"
        case Pairs(label):
            return f"| {plain(label)} | {plain(part.text, '<br>')} |\n"
        case Paragraph(text, _, label) if label:
            return f"| {plain(label)} | {plain(text, '<br>')} |\n"
    return ""


def _block(part: ReportPart) -> str:
    match part:
        case Code(text):
            return f"{fenced(text)}\n"
        case Paragraph(text):
            return f"{plain(text)}\n\n"
        case Subheading(text):
            return f"### {plain(text)}\n\n"
        case Item(mark, text, _, detail):
            return f"- {plain(mark)} {plain(text)}\n" + (f"\n{fenced(detail, '  ')}\n" if detail.strip() else "")
        case Excerpt():
            return _excerpt(part)
        case ReportTable():
            return "".join(_table(part))
    return ""


def _excerpt(part: Excerpt) -> str:
    title = " · ".join(filter(None, (part.badge.text if part.badge else "", part.time, part.label)))
    lines = [f"### {plain(title)}\n\n", f"{plain(part.note)}\n\n" if part.note else ""]
    blocks = [part.code, part.screen.text if part.screen else ""]
    lines += [f"{fenced(text)}\n" for text in blocks if text.strip()]
    return "".join(lines)


def _table(table: ReportTable) -> Iterator[str]:
    """Yield a table; one with code of several lines as a list, because a table of Markdown holds no blocks."""
    if any(isinstance(cell, Code) and "\n" in cell.text.strip() for row in table.rows for cell in row):
        for row in table.rows:
            words = [_cell(cell) for cell in row if not isinstance(cell, Code)]
            yield f"- {' · '.join(filter(None, words))}\n\n"
            yield from (f"{fenced(cell.text, '  ')}\n" for cell in row if isinstance(cell, Code) and cell.text.strip())
        return
    yield _head(table.headings)
    for row in table.rows:
        yield f"| {' | '.join(map(_cell, row))} |\n"
    yield "\n"


def _head(headings: Sequence[str]) -> str:
    return f"| {' | '.join(map(plain, headings))} |\n|{' --- |' * len(headings)}\n"


def _cell(cell: Cell) -> str:
    return plain(cell if isinstance(cell, str) else cell.text, "<br>")


def plain(text: str, separator: str = " ") -> str:
    """Return foreign text with all markup escaped; `separator` replaces line breaks."""
    lines = [line.strip() for line in sanitize(text, keep_newlines=True).strip("\n").split("\n")]
    return separator.join(_NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line)) for line in lines)


def fenced(text: str, indent: str = "") -> str:
    """Return text as a code block whose fence is longer than any in the text."""
    lines = sanitize(text, keep_newlines=True).strip("\n").split("\n")
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join(f"{indent}{line}" for line in (f"{fence}text", *lines, fence)) + "\n"
