"""Model of a report: sections of parts, among them tables, and excerpts with a screen or a statement."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.presenters.document import Code, Part, Section, Span
from replay_tui.terminal.screen import Screen

Cell = str | Span | Code


class ReportTable(Struct, frozen=True):
    """Rows under headings. A `Code` cell keeps its line breaks."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


class Excerpt(Struct, frozen=True):
    """A moment of the session: `time` as text, a label, the text it rests on, and the screen at that time."""

    time: str
    label: str
    badge: Span | None = None
    note: str = ""
    code: str = ""
    screen: Screen | None = None


ReportPart = Part | ReportTable | Excerpt


class ReportSection(Struct):
    """A section of a report."""

    title: str
    badge: Span | None = None
    note: str = ""
    parts: list[ReportPart] = field(default_factory=list)

    @staticmethod
    def of(section: Section) -> ReportSection:
        """Return the section of a presenter."""
        return ReportSection(section.title, section.badge, section.note, [*section.parts])


class Report(Struct):
    """A report. Its texts are unsanitized: writers sanitize and escape them.

    `footer` stands at the end of every printed page.
    """

    title: str
    sections: list[ReportSection] = field(default_factory=list)
    footer: str = ""


class ReviewerNotes(Struct, frozen=True):
    """Bookmarks of a reviewer, and the note of the reviewed mark (None: not marked as reviewed)."""

    bookmarks: Sequence[Bookmark] = ()
    note: str | None = None
