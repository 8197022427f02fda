"""Export of a screen as an SVG picture. Characters are placed in their cells, independent of the viewer's font."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from replay_tui.domain.display_text import char_width, sanitize
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_theme import CURSOR
from replay_tui.domain.times import format_time
from replay_tui.export.colors import default_colours, hex_colour, pen_colours, underline_colour
from replay_tui.export.export_job import ExportJob
from replay_tui.presenters.completeness import INCOMPLETE
from replay_tui.terminal.screen import PLAIN, Pen, Screen, TextRun

CELL_WIDTH = 9
CELL_HEIGHT = 19
FONT_SIZE = 15
BASELINE = 14
MARGIN = 12
TITLE_HEIGHT = 30
FONTS = "'JetBrains Mono','DejaVu Sans Mono','Menlo','Consolas',monospace"
_LINES = {1: "underline", 2: "underline double", 3: "underline wavy", 4: "underline dotted", 5: "underline dashed"}
_NOT_XML = lazy_compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def screen_svg(screen: Screen, title: str, incomplete: str = "") -> str:
    """Return the picture of `screen` with `title` above it. Its size in pixels depends on the number of cells.

    `incomplete` is a sentence about what is missing from the recording; the picture then says that it is incomplete.
    """
    title = f"{title}  {INCOMPLETE}" if incomplete else title
    width, height = screen.cols * CELL_WIDTH + 2 * MARGIN, screen.rows * CELL_HEIGHT + TITLE_HEIGHT + MARGIN
    ground = default_colours(screen)[1]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escaped(title)}</title>",
        *([f"<desc>{escaped(incomplete)}</desc>"] if incomplete else []),
        f'<rect width="{width}" height="{height}" rx="6" fill="{hex_colour(ground)}"/>',
        f'<text x="{MARGIN}" y="20" font-family="{FONTS}" font-size="12" fill="#8a919b">{escaped(title)}</text>',
        f'<g font-family="{FONTS}" font-size="{FONT_SIZE}" xml:space="preserve" style="white-space:pre">',
    ]
    for y, row in enumerate(screen.grid):
        x = 0
        for run in row.runs:
            parts += _run(run, x, y, screen)
            x += run.width
    if screen.cursor_visible:
        cursor = screen.palette.get(CURSOR, default_colours(screen)[0])
        parts.append(_rect(*screen.cursor, 1, f'fill="none" stroke="{hex_colour(cursor)}"'))
    return "\n".join([*parts, "</g>", "</svg>"])


def _run(run: TextRun, x: int, y: int, screen: Screen) -> Iterator[str]:
    fg, bg = pen_colours(run.pen, screen)
    if bg != default_colours(screen)[1]:
        yield _rect(x, y, run.width, f'fill="{hex_colour(bg)}"')
    if run.pen.hidden or not (run.text.strip(" ") or run.pen.underline or run.pen.strike or run.pen.overline):
        return
    style = f'fill="{hex_colour(fg)}"{_style(run.pen, screen)}'
    for text, cells, offset in _split_by_width(run.text, run.pen == PLAIN):
        left, top = MARGIN + (x + offset) * CELL_WIDTH, TITLE_HEIGHT + y * CELL_HEIGHT + BASELINE
        length = f'textLength="{cells * CELL_WIDTH}" lengthAdjust="spacingAndGlyphs"'
        yield f'<text x="{left}" y="{top}" {length} {style}>{escaped(text)}</text>'


def _rect(x: int, y: int, cells: int, style: str) -> str:
    left, top = MARGIN + x * CELL_WIDTH, TITLE_HEIGHT + y * CELL_HEIGHT
    return f'<rect x="{left}" y="{top}" width="{cells * CELL_WIDTH}" height="{CELL_HEIGHT}" {style}/>'


def _style(pen: Pen, screen: Screen) -> str:
    styles = []
    if pen.bold:
        styles.append("font-weight:bold")
    if pen.italic:
        styles.append("font-style:italic")
    if pen.faint:
        styles.append("opacity:.6")
    lines = [_LINES.get(pen.underline, ""), "line-through" * pen.strike, "overline" * pen.overline]
    if any(lines):
        colour = underline_colour(pen, screen)
        styles.append(f"text-decoration:{' '.join([*filter(None, lines), colour]).strip()}")
    return f' style="{";".join(styles)}"' if styles else ""


def _split_by_width(text: str, plain: bool) -> Iterator[tuple[str, int, int]]:
    """Split text where the width of its characters changes. Yields (text, cells, cells before it).

    Also splits plain text at wide gaps, so that the viewer does not stretch text across them.
    """
    piece, cells, offset, wide = "", 0, 0, False
    for char in text:
        width = char_width(char)
        cut = width and (width == 2) is not wide
        if piece and (cut or (plain and char != " " and piece.endswith("   "))):
            yield piece, cells, offset
            piece, cells, offset = "", 0, offset + cells
        if width:
            wide = width == 2
        piece, cells = piece + char, cells + width
    if piece and cells:
        yield piece, cells, offset


def escaped(text: str) -> str:
    """Return untrusted text, sanitised and escaped for XML text and attributes."""
    safe = _NOT_XML.sub("\ufffd", sanitize(text))
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def write_svg(job: ExportJob, file: TextIO) -> None:
    """Write the screen at `job.at`, or at the end of the recording if that is None."""
    recording = job.recording
    screen = job.redactor.screen(recording.screen(recording.duration if job.at is None else job.at, reveal=True))
    file.write(screen_svg(screen, f"{recording.display_title}  {format_time(screen.time)}", job.incomplete_text) + "\n")
