"""Rich text of presenter sections, in the styles of the theme. Foreign text is sanitized here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from rich.text import Text

from replay_tui.domain.display_text import sanitize
from replay_tui.presenters.document import Code, Field, Item, Pairs, Paragraph, Part, Role, Section, Span, Subheading
from replay_tui.ui.widgets.indented_text import INDENT_CELLS, LINE_BREAK_MARK, IndentedLine

Styles = Mapping[str, str]
"""Rich style of each `Role`, from the theme."""
MAX_VALUE_CHARS, MAX_TEXT_CHARS = 10_000, 50_000
"""Characters of one value and of a whole section: laying out more would block the interface."""


def styles_of(theme: Mapping[str, str]) -> Styles:
    """Return the style of each role in a theme, given as its CSS variables."""
    return {
        Role.LABEL: "dim",
        Role.MUTED: "dim",
        Role.STRONG: "bold",
        Role.GOOD: theme.get("text-success", "green"),
        Role.BAD: f"bold {theme.get('text-error', 'red')}",
        Role.WARN: f"bold {theme.get('text-warning', 'yellow')}",
    }


def section_lines(section: Section, styles: Styles, *, folded: bool = False) -> list[IndentedLine]:
    """Return the parts of a section as lines of a panel, without its details if `folded`.

    The panel's border shows the headline.
    """
    writer = _SectionWriter(styles)
    for part in section.decisive_parts if folded else section.parts:
        writer.write(part)
    return writer.lines


def spans_text(spans: Sequence[Span], styles: Styles) -> Text:
    """Return spans as one line that is truncated with an ellipsis."""
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    for span in spans:
        text.append(sanitize(span.text), styles.get(span.role, ""))
    return text


class _SectionWriter:
    """Builds `lines` and says where a text was truncated.

    Only the program's own labels begin in the first column. All foreign text is indented and its line breaks are
    marked, so that no value can imitate a label.
    """

    def __init__(self, styles: Styles) -> None:
        self.lines: list[IndentedLine] = []
        self._styles = styles
        self._chars = 0

    def write(self, part: Part) -> None:
        """Add a part."""
        match part:
            case Field(label, value, role):
                self._line(value, role, lead=f"{label}  ")
            case Pairs():
                self._pairs(part)
            case Paragraph(text, role):
                self._line(text, role, lead=" " * INDENT_CELLS)
            case Item(mark, text, role, detail):
                self._line(text, Role.PLAIN, lead=f"{mark} ", lead_role=role)
                if detail:
                    self._line(detail, Role.MUTED, lead=" " * (len(mark) + 1))
            case Subheading(text):
                if self.lines:
                    self.lines.append(IndentedLine())
                self._line(text, Role.STRONG, indent=INDENT_CELLS)
            case Code(text):
                self._line(text, Role.PLAIN, lead=" " * INDENT_CELLS)
            case _:
                assert_never(part)

    def _pairs(self, part: Pairs) -> None:
        lead = f"{part.label}  "
        for key, value in part.pairs:
            self._line(value, Role.PLAIN, lead=lead, key=f"{key}=", indent=INDENT_CELLS)
            lead = " " * len(lead)
        if part.omitted:
            self._line(f"and {part.omitted:,} more", Role.MUTED, lead=lead)

    def _line(
        self, value: str, role: Role, *, lead: str = "", lead_role: Role = Role.LABEL, key: str = "", indent: int = 0
    ) -> None:
        """Add a `value` behind a `lead` of the program; rows after the first are indented below the value."""
        if self._chars > MAX_TEXT_CHARS:
            return
        text = Text(end="")
        self._append(text, key, Role.MUTED)
        self._append(text, value, role)
        self.lines.append(IndentedLine(Text(lead, self._styles.get(lead_role, ""), end=""), text, indent))
        self._chars += len(text) + 1
        if self._chars > MAX_TEXT_CHARS:
            more = Text("Text truncated; `replay-tui show` prints all of it.", self._styles.get(Role.WARN, ""))
            self.lines.append(IndentedLine(more))

    def _append(self, text: Text, value: str, role: Role) -> None:
        style = self._styles.get(role, "")
        for number, part in enumerate(sanitize(value[:MAX_VALUE_CHARS], keep_newlines=True).rstrip("\n").split("\n")):
            text.append(f"{LINE_BREAK_MARK}\n" if number else "", self._styles.get(Role.MUTED, ""))
            text.append(part, style)
        if len(value) > MAX_VALUE_CHARS:
            more = f"… {len(value) - MAX_VALUE_CHARS:,} more characters; `replay-tui show` prints them."
            text.append(more, self._styles.get(Role.WARN, ""))
