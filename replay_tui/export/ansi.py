"""ANSI text of a screen: colours and styles as SGR sequences, line feeds, and no other control sequences.

Sources: ECMA-48 8.3.117 (SGR), ISO 8613-6 (colours), kitty's underline styles (`4:3`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from replay_tui.domain.text import sanitize
from replay_tui.terminal.screen import PLAIN, Colour, Pen, Screen

MAX_SGR_PARAMETERS = 16
_FLAGS = (
    ("bold", "1"), ("faint", "2"), ("italic", "3"), ("blink", "5"), ("inverse", "7"), ("hidden", "8"),
    ("strike", "9"), ("overline", "53"),
)  # fmt: skip


def screen_ansi(screen: Screen) -> str:
    """Return the rows joined by line feeds, without trailing blank rows. Styles are reset before each line feed."""
    return "\n".join(_rows(screen)).rstrip("\n")


def _rows(screen: Screen) -> list[str]:
    rows = []
    for row in screen.grid:
        parts, width = [], 0
        for run in row.runs:
            parts.append(_styled(sanitize(run.text), run.pen, screen))
            width += run.width
        if screen.reverse and width < screen.cols:
            parts.append(_styled(" " * (screen.cols - width), PLAIN, screen))
        line = "".join(parts)
        rows.append(line if line.endswith("m") else line.rstrip(" "))
    return rows


def _styled(text: str, pen: Pen, screen: Screen) -> str:
    if screen.reverse:
        pen = replace(pen, inverse=not pen.inverse)
    style = sgr(pen, screen.palette)
    return f"{style}{text}\x1b[0m" if style else text


def sgr(pen: Pen, palette: Mapping[int, tuple[int, int, int]] | None = None) -> str:
    """Return the SGR sequences that set `pen` after a reset. `palette` holds colours that the session changed."""
    codes = [code for name, code in _FLAGS if getattr(pen, name)]
    if pen.underline:
        codes.append("4" if pen.underline == 1 else f"4:{pen.underline}")
    for base, colour in ((38, pen.fg), (48, pen.bg), (58, pen.underline_colour)):
        if colour is not None:
            codes.append(_colour(base, colour, palette or {}))
    joint = ";".join(codes)
    # Terminals ignore parameters beyond a limit.
    sequences = [joint] if len(re.findall("[0-9]+", joint)) <= MAX_SGR_PARAMETERS else codes
    return "".join(f"\x1b[{some}m" for some in sequences if some)


def _colour(base: int, colour: Colour, palette: Mapping[int, tuple[int, int, int]]) -> str:
    if isinstance(colour, int):
        if colour in palette:
            colour = palette[colour]
        elif colour < 16 and base != 58:
            return str(base - 8 + colour if colour < 8 else base + 52 + colour - 8)
        else:
            return f"58:5:{colour}" if base == 58 else f"{base};5;{colour}"
    assert colour is not None
    red, green, blue = colour
    return f"58:2::{red}:{green}:{blue}" if base == 58 else f"{base};2;{red};{green};{blue}"
