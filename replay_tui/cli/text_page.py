"""Plain-text page of labelled values, wrapped to the width of the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import assert_never

from replay_tui.cli.output import is_terminal, style
from replay_tui.domain.display_text import sanitize, text_width
from replay_tui.domain.risk import Severity
from replay_tui.presenters.document import (
    SEVERITY_ROLES,
    Code,
    Field,
    Item,
    Pairs,
    Paragraph,
    Part,
    Role,
    Section,
    Subheading,
)

LABEL_CELLS = 18
MIN_WIDTH_CELLS, MAX_WIDTH_CELLS, PIPED_WIDTH_CELLS = 40, 120, 100
INDENT_CELLS = 2
MIN_ITEM_CELLS = 10
ROLE_STYLES: dict[Role, tuple[str, ...]] = {
    Role.PLAIN: (),
    Role.LABEL: ("faint",),
    Role.STRONG: (),
    Role.MUTED: (),
    Role.GOOD: ("green",),
    Role.WARN: ("yellow",),
    Role.BAD: ("bold", "red"),
}
SEVERITY_STYLES: dict[Severity, tuple[str, ...]] = {
    severity: ROLE_STYLES[role] for severity, role in SEVERITY_ROLES.items()
}


def page_width() -> int:
    """Return the columns to write in: those of the terminal within limits, 100 if stdout is not a terminal."""
    if not is_terminal(sys.stdout):
        return PIPED_WIDTH_CELLS
    return min(max(shutil.get_terminal_size((PIPED_WIDTH_CELLS, 24)).columns, MIN_WIDTH_CELLS), MAX_WIDTH_CELLS)


def wrap(text: str, width: int) -> list[str]:
    """Return sanitized text in lines of at most `width` cells, wrapped between words if possible."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in filter(None, paragraph.split(" ")):
            start = 0
            while start < len(word):
                gap = " " if line else ""
                end = cut_position(word, width - used - len(gap), start)
                if end == len(word):
                    line += gap + word[start:]
                    used += len(gap) + text_width(word[start:])
                elif line:
                    lines.append(line)
                    line, used = "", 0
                    continue
                else:
                    end = max(end, start + 1)
                    lines.append(word[start:end])
                start = end
        lines.append(line)
    return lines or [""]


def cut_position(text: str, width: int, start: int = 0) -> int:
    """Return the end of the longest part from `start` that takes at most `width` cells of sanitized text.

    Reads no further than that: a text may have megabytes.
    """
    used = 0
    for position in range(start, len(text)):
        used += text_width(text[position])
        if used > width:
            return position
    return len(text)


class TextPage:
    """Collects the `lines` of a page. All texts are sanitized here."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width or page_width()
        self.lines: list[str] = []
        self._indent = INDENT_CELLS

    def heading(self, text: str) -> None:
        """Add the first line of the page."""
        self.lines += [style(line, "bold") for line in wrap(sanitize(text), self.width)]

    def sections(self, sections: Iterable[Section]) -> None:
        """Add sections, each after a blank line."""
        for section in sections:
            self.section(section)

    def section(self, section: Section) -> None:
        """Add a blank line, the title line and the parts."""
        badge = section.badge
        parts = [style(f"{sanitize(section.title)}{' ·' if badge or section.note else ''}", "bold", "cyan")]
        parts += [style(sanitize(badge.text), *ROLE_STYLES[badge.role])] if badge else []
        parts += [style(sanitize(section.note), "bold", "cyan")] if section.note else []
        self.lines += ["", " ".join(parts)]
        self._indent = INDENT_CELLS
        for part in section.parts:
            self._part(part)

    def _part(self, part: Part) -> None:
        match part:
            case Field(label, value, role):
                self._field(label, value, role)
            case Pairs(label):
                self._field(label, part.text)
            case Paragraph(text, role, label):
                if label:
                    self._field(label, text, role)
                else:
                    self._text(text, self._indent)
            case Item(mark, text, role, detail):
                self._item(mark, text, role)
                if detail:
                    self._text(detail, self._indent + INDENT_CELLS)
            case Subheading(text):
                lead = " " * INDENT_CELLS
                self.lines += [lead + style(line, "bold") for line in wrap(sanitize(text), self.width - INDENT_CELLS)]
                self._indent = 2 * INDENT_CELLS
            case Code(text):
                for line in text.split("\n"):
                    self._text(line or " ", self._indent)
            case _:
                assert_never(part)

    def _field(self, label: str, value: str, role: Role = Role.PLAIN) -> None:
        lead = sanitize(label)[: LABEL_CELLS - 1].ljust(LABEL_CELLS)
        for line in wrap(sanitize(value, keep_newlines=True).strip(), self.width - LABEL_CELLS - self._indent):
            self.lines.append(f"{' ' * self._indent}{style(lead, 'faint')}{style(line, *ROLE_STYLES[role])}".rstrip())
            lead = " " * LABEL_CELLS

    def _item(self, mark: str, text: str, role: Role) -> None:
        lead = sanitize(mark)
        room = max(MIN_ITEM_CELLS, self.width - self._indent - text_width(lead) - 1)
        for number, line in enumerate(wrap(sanitize(text, keep_newlines=True).strip(), room)):
            begin = style(lead, *ROLE_STYLES[role]) if not number else " " * text_width(lead)
            self.lines.append(f"{' ' * self._indent}{begin} {line}".rstrip())

    def _text(self, text: str, indent: int) -> None:
        lines = wrap(sanitize(text, keep_newlines=True).strip(), self.width - indent)
        self.lines += [" " * indent + line for line in lines]
