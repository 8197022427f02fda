"""Screen contents at one point in time: rows of styled runs, cursor, and screen-wide attributes."""

from __future__ import annotations

from msgspec import Struct, field

from replay_tui.domain.terminal_theme import Colour


class Pen(Struct, frozen=True):
    """Style of characters. `underline`: 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: int = 0
    underline_colour: Colour = None
    blink: bool = False
    inverse: bool = False
    hidden: bool = False
    strike: bool = False
    overline: bool = False


PLAIN = Pen()


class TextRun(Struct, frozen=True):
    """Characters of one style. `width` is in cells; `text` takes exactly that many on every conforming terminal."""

    text: str
    pen: Pen
    width: int


class ScreenRow(Struct, frozen=True):
    """One row: `text` without trailing blanks, and `runs`, which may end before the last column."""

    text: str
    runs: tuple[TextRun, ...]


BLANK_ROW = ScreenRow("", ())
STYLED_BLANK = "\0"
"""Stands for a blank with a style as the last character of a row."""


class Screen(Struct, frozen=True):
    """The recorded terminal's screen at one point in time.

    `time` is in seconds; sizes and the zero-based `cursor` (x, y) are in cells; `alt` is True on the alternate screen;
    `reverse` is True if the default colours are exchanged (DECSCNM). `palette` has the colours that the stream changed:
    0-255, and the default colours by the keys of `domain.terminal_theme`.
    """

    cols: int
    rows: int
    cursor: tuple[int, int]
    cursor_visible: bool
    alt: bool
    grid: tuple[ScreenRow, ...]
    time: float = 0.0
    reverse: bool = False
    palette: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, ...]:
        """The text of each row without trailing blanks; it contains no control characters."""
        return tuple(row.text for row in self.grid)

    @property
    def text(self) -> str:
        """The rows joined by line feeds, without blank rows at the end."""
        return "\n".join(self.lines).rstrip("\n")
