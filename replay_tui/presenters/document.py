"""Neutral document model: sections of labelled values that the TUI, the command line and the reports render.

Texts are unsanitized. Each renderer sanitizes, escapes and truncates them for its own output.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from replay_tui.domain.risk import Severity

MAX_PAIRS = 50
"""Pairs of one mapping that are shown; a session can carry thousands of labels."""


class Role(StrEnum):
    """Emphasis of a text. Each renderer maps a role to a style, an SGR code or a CSS class."""

    PLAIN = ""
    LABEL = "label"
    STRONG = "strong"
    MUTED = "muted"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


SEVERITY_ROLES = {Severity.HIGH: Role.BAD, Severity.MEDIUM: Role.WARN, Severity.LOW: Role.GOOD}


class Span(Struct, frozen=True):
    """Text with one role: a badge, a cell of a list, a piece of a line."""

    text: str
    role: Role = Role.PLAIN


class Field(Struct, frozen=True):
    """A labelled value."""

    label: str
    value: str
    role: Role = Role.PLAIN


class Pairs(Struct, frozen=True):
    """A labelled mapping, as `key=value` texts; `omitted` counts the pairs above `MAX_PAIRS`."""

    label: str
    pairs: tuple[tuple[str, str], ...]
    omitted: int = 0

    @property
    def text(self) -> str:
        """All pairs on one line."""
        return "  ".join(self._entries)

    @property
    def lines(self) -> str:
        """Each pair on a line."""
        return "\n".join(self._entries)

    @property
    def _entries(self) -> list[str]:
        more = [f"and {self.omitted:,} more"] if self.omitted else []
        return [*(f"{key}={value}" for key, value in self.pairs), *more]


class Paragraph(Struct, frozen=True):
    """Running text. Narrow renderers show only the text, wide ones the `label` too."""

    text: str
    role: Role = Role.PLAIN
    label: str = ""


class Item(Struct, frozen=True):
    """One item of a list, behind a short `mark`; `detail` is shown below it."""

    mark: str
    text: str
    role: Role = Role.PLAIN
    detail: str = ""


class Subheading(Struct, frozen=True):
    """A title inside a section."""

    text: str


class Code(Struct, frozen=True):
    """Preformatted lines."""

    text: str


Part = Field | Pairs | Paragraph | Item | Subheading | Code


class Section(Struct):
    """A titled sequence of parts. `badge` is the status or severity that the title line shows, `note` follows it.

    The parts from `details_from` on decide nothing (ids, sizes): renderers with few rows may fold them.
    """

    title: str
    badge: Span | None = None
    note: str = ""
    parts: list[Part] = field(default_factory=list)
    details_from: int | None = None

    def start_details(self) -> None:
        """Mark all parts that are added from now on as details."""
        self.details_from = len(self.parts)

    @property
    def decisive_parts(self) -> list[Part]:
        """The parts before the details."""
        return self.parts[: self.details_from]

    @property
    def headline(self) -> str:
        """The title line: `Review · ◔ PENDING 1 of 2`."""
        status = " ".join(filter(None, (self.badge.text if self.badge else "", self.note)))
        return " · ".join(filter(None, (self.title, status)))

    def put_first(self, part: Part) -> None:
        """Add a part before all others."""
        self.parts.insert(0, part)
        self.details_from = None if self.details_from is None else self.details_from + 1

    def field(self, label: str, value: object, role: Role = Role.PLAIN) -> None:
        """Add a labelled value unless it is None or empty."""
        text = "" if value is None else str(value)
        if text.strip():
            self.parts.append(Field(label, text, role))

    def paragraph(self, text: str | None, role: Role = Role.PLAIN, *, label: str = "") -> None:
        """Add running text unless it is None or empty."""
        if text and text.strip():
            self.parts.append(Paragraph(text, role, label))
