"""The same words as `show` writes, gathered as the parts of a record instead of lines."""

from __future__ import annotations

from replay_tui.cli.text_page import PIPED_WIDTH_CELLS, TextPage
from replay_tui.domain.risk import Severity
from replay_tui.export.report.model import Code, Fact, Paragraph, Part, Section

_STYLED = {"red": Severity.HIGH, "yellow": Severity.MEDIUM, "green": Severity.LOW}


class ReportBuilder(TextPage):
    """A page whose sections are kept. `lines` only grows, which is all that its writers ask of it."""

    def __init__(self) -> None:
        super().__init__(PIPED_WIDTH_CELLS)
        self.sections: list[Section] = []

    def heading(self, text: str) -> None:
        """The record has its own title."""

    def section(self, title: str) -> None:
        """A section, which all that follows belongs to."""
        self.sections.append(Section(title))

    def field(self, label: str, value: object, *styles: str) -> None:
        """A label and its value; nothing for None and empty text."""
        text = str(value).strip() if value is not None else ""
        if text:
            severity = next((_STYLED[style] for style in styles if style in _STYLED), None)
            self._add(Fact(label, text, severity))

    def item(self, mark: str, text: object, *styles: str, indent: int = 2) -> None:
        """One of a list."""
        self._add(Paragraph(str(text).strip(), mark))

    def text(self, text: object, indent: int = 2) -> None:
        """A paragraph; a line of the script, which stays a line."""
        parts = self.sections[-1].parts if self.sections else []
        if self.sections and self.sections[-1].title == "Script":
            last = parts[-1] if parts else None
            if isinstance(last, Code):
                parts[-1] = Code(f"{last.text}\n{text}")
            else:
                self._add(Code(str(text)))
        else:
            self._add(Paragraph(str(text).strip()))

    def _add(self, part: Part) -> None:
        if not self.sections:
            self.section("Session")
        self.sections[-1].parts.append(part)
        self.lines.append("")
