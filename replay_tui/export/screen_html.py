"""HTML of a screen: a `pre` element with a `span` for each styled run."""

from __future__ import annotations

from replay_tui.domain.text import sanitize
from replay_tui.export.colors import GROUND, TEXT, hex_colour, pen_colours, rgb
from replay_tui.export.svg import escaped
from replay_tui.terminal.screen import Screen, TextRun

_UNDERLINES = {2: " double", 3: " wavy", 4: " dotted", 5: " dashed"}


def screen_html(screen: Screen) -> str:
    """Return the screen as escaped HTML without trailing blank rows."""
    last = max((y for y, row in enumerate(screen.grid) if row.runs), default=-1)
    rows = ["".join(_span(run, screen) for run in row.runs) for row in screen.grid[: last + 1]]
    ground, text = (TEXT, GROUND) if screen.reverse else (GROUND, TEXT)
    style = f"background:{hex_colour(ground)};color:{hex_colour(text)};min-width:{screen.cols}ch"
    return f'<pre class="screen" style="{style}">' + "\n".join(rows) + "</pre>"


def _span(run: TextRun, screen: Screen) -> str:
    text = "" if run.pen.hidden else sanitize(run.text)
    shown = escaped(text or " " * run.width)
    style = _style(run, screen)
    return f'<span style="{style}">{shown}</span>' if style else shown


def _style(run: TextRun, screen: Screen) -> str:
    pen = run.pen
    fg, bg = pen_colours(pen, screen)
    ground, text = (TEXT, GROUND) if screen.reverse else (GROUND, TEXT)
    lines = ["underline" * bool(pen.underline), "line-through" * pen.strike, "overline" * pen.overline]
    parts = [
        f"color:{hex_colour(fg)}" if fg != text else "",
        f"background:{hex_colour(bg)}" if bg != ground else "",
        "font-weight:bold" if pen.bold else "",
        "font-style:italic" if pen.italic else "",
        "opacity:.65" if pen.faint else "",
    ]
    if any(lines):
        colour = (
            "" if pen.underline_colour is None else f" {hex_colour(rgb(pen.underline_colour, TEXT, screen.palette))}"
        )
        kind = _UNDERLINES.get(pen.underline, "")
        parts.append(f"text-decoration:{' '.join(filter(None, lines))}{kind}{colour}")
    return ";".join(filter(None, parts))
