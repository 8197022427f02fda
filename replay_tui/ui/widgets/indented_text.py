"""Wrapping with a hanging indent: wrapped rows and line breaks of a value stay in its column, so that a value cannot
imitate a label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from rich.console import Console
from rich.text import Text

LINE_BREAK_MARK = "\u21b5"
"""Shown at the end of a row where the text has a line break."""
INDENT_CELLS = 2
"""Indent of running text."""


class IndentedLine(Struct, frozen=True):
    """A `lead` (a label of the program) and a `body`, whose rows after the first get `indent` more cells."""

    lead: Text = field(default_factory=Text)
    body: Text = field(default_factory=Text)
    indent: int = 0


class WrappedRow(Struct, frozen=True):
    """A row of a wrapped line. Its `text` without the indent begins at `start`.

    `joint` is the text that the wrap replaced: a line break, a space, or nothing within a word.
    """

    text: Text
    start: int = 0
    joint: str = "\n"


def wrap_lines(lines: Iterable[IndentedLine], width: int, console: Console) -> Iterator[WrappedRow]:
    """Yield the rows of lines in `width` cells."""
    for line in lines:
        lead, indent, start, joint = line.lead, line.lead.cell_len, 0, "\n"
        if indent > width // 2 and line.body:  # the label takes most of the width: its value goes below it
            yield WrappedRow(lead)
            lead, indent, start, joint = Text(" " * INDENT_CELLS), INDENT_CELLS, INDENT_CELLS, " "
        later = Text(" " * (indent + line.indent))
        for part in line.body.split("\n", allow_blank=True) or [Text()]:
            rooms = max(2, width - lead.cell_len), max(2, width - len(later))
            for piece, between in _pieces(part, *rooms, console):
                yield WrappedRow(Text.assemble(lead, piece), start, joint if between is None else between)
                lead, start = later, len(later)
            joint = "\n"


def _pieces(text: Text, first: int, later: int, console: Console) -> Iterator[tuple[Text, str | None]]:
    """Yield a text in pieces of `first`, then of `later` cells, each with the text before it (None: the first)."""
    if text.cell_len <= first:
        yield text, None
        return
    pieces = list(text.wrap(console, first, overflow="fold"))
    if len(pieces) > 1 and first != later:
        rest = text[len(pieces[0]) :]
        blank = len(rest.plain) - len(rest.plain.lstrip(" "))
        pieces[1:] = rest[blank:].wrap(console, later, overflow="fold")
    plain, at = text.plain, 0
    for number, piece in enumerate(pieces):
        begin = plain.index(piece.plain, at)
        yield piece, None if number == 0 else " " if begin > at else ""
        at = begin + len(piece)
