"""A page of labelled values, wrapped to the terminal's width."""

from __future__ import annotations

import shutil
import sys

from replay_tui.cli.output import is_terminal, style
from replay_tui.domain.text import sanitize, text_width

LABEL_CELLS = 16
MIN_WIDTH_CELLS, MAX_WIDTH_CELLS, PIPED_WIDTH_CELLS = 40, 120, 100


def page_width() -> int:
    """Columns to write in: the terminal's within reason, 100 where stdout is no terminal."""
    if not is_terminal(sys.stdout):
        return PIPED_WIDTH_CELLS
    return min(max(shutil.get_terminal_size((PIPED_WIDTH_CELLS, 24)).columns, MIN_WIDTH_CELLS), MAX_WIDTH_CELLS)


def wrap(text: str, width: int) -> list[str]:
    """Clean text in lines of at most `width` cells, cut between words where that is possible."""
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
    """Where to cut clean text so that what begins at `start` takes at most `width` cells; its length if all of it does.

    Looks no further than that: a text may be megabytes long.
    """
    used = 0
    for position in range(start, len(text)):
        used += text_width(text[position])
        if used > width:
            return position
    return len(text)


class TextPage:
    """Collects lines. Every text given is foreign and is cleaned here."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width or page_width()
        self.lines: list[str] = []

    def heading(self, text: str) -> None:
        """The page's first line."""
        self.lines += [style(line, "bold") for line in wrap(sanitize(text), self.width)]

    def section(self, title: str) -> None:
        """A blank line and a title."""
        self.lines += ["", style(sanitize(title), "bold", "cyan")]

    def field(self, label: str, value: object, *styles: str) -> None:
        """A label with its value beside it; nothing for None and empty text."""
        text = sanitize(value, keep_newlines=True).strip() if value is not None else ""
        if not text:
            return
        for number, line in enumerate(wrap(text, self.width - LABEL_CELLS - 2)):
            lead = sanitize(label)[:LABEL_CELLS].ljust(LABEL_CELLS) if not number else " " * LABEL_CELLS
            self.lines.append(f"  {style(lead, 'faint')}{style(line, *styles)}".rstrip())

    def item(self, mark: str, text: object, *styles: str, indent: int = 2) -> None:
        """A line of a list: a mark of a few cells, then text with a hanging indent."""
        lead = sanitize(mark)
        room = self.width - indent - text_width(lead) - 1
        for number, line in enumerate(wrap(sanitize(text, keep_newlines=True).strip(), max(10, room))):
            begin = style(lead, *styles) if not number else " " * text_width(lead)
            self.lines.append(f"{' ' * indent}{begin} {line}".rstrip())

    def text(self, text: object, indent: int = 2) -> None:
        """A paragraph."""
        self.lines += [
            " " * indent + line for line in wrap(sanitize(text, keep_newlines=True).strip(), self.width - indent)
        ]
