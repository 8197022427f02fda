"""ANSI text of a screen: colours and styles as SGR sequences, line feeds, and no other control sequences.

Sources: ECMA-48 8.3.117 (SGR), ISO 8613-6 (colours), kitty's underline styles (`4:3`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.terminal_theme import BACKGROUND, DARK_GROUND, DARK_TEXT, FOREGROUND, RGB, default_colours
from replay_tui.terminal.screen import PLAIN, Pen, Screen
from replay_tui.terminal.vt_dump import sgr


def screen_ansi(screen: Screen) -> str:
    """Return the rows joined by line feeds, without trailing blank rows. Styles are reset before each line feed."""
    return "\n".join(_rows(screen)).rstrip("\n")


def _rows(screen: Screen) -> list[str]:
    rows, palette = [], dict(screen.palette)
    has_own_colours = not palette.keys().isdisjoint((FOREGROUND, BACKGROUND))
    if has_own_colours:
        palette[FOREGROUND], palette[BACKGROUND] = default_colours(palette, DARK_TEXT, DARK_GROUND)
    for row in screen.grid:
        parts, width = [], 0
        for run in row.runs:
            parts.append(_styled(sanitize(run.text), run.pen, screen.reverse, palette))
            width += run.width
        if (screen.reverse or has_own_colours) and width < screen.cols:
            parts.append(_styled(" " * (screen.cols - width), PLAIN, screen.reverse, palette))
        line = "".join(parts)
        rows.append(line if line.endswith("m") else line.rstrip(" "))
    return rows


def _styled(text: str, pen: Pen, is_reversed: bool, palette: Mapping[int, RGB]) -> str:
    if is_reversed:  # exchanges only the default colours (DECSCNM), unlike SGR 7
        pen = replace(pen, fg=pen.bg, bg=pen.fg, inverse=not pen.inverse)
    style = sgr(pen, palette)
    return f"{style}{text}\x1b[0m" if style else text
