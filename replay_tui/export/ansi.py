"""ANSI text of a screen: colours and styles as SGR sequences, line feeds, and no other control sequences.

Sources: ECMA-48 8.3.117 (SGR), ISO 8613-6 (colours), kitty's underline styles (`4:3`).
"""

from __future__ import annotations

from dataclasses import replace

from replay_tui.domain.text import sanitize
from replay_tui.terminal.screen import PLAIN, Pen, Screen
from replay_tui.terminal.vt_dump import sgr


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
