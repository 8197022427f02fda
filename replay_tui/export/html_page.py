"""HTML pages from jinja2 templates: every value is sanitized and escaped, the policy forbids scripts and requests.

jinja2 is imported when the first page is written, because most commands write none.

A terminal screen is one `pre` with a `span` for each styled run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay_tui.domain.display_text import sanitize
from replay_tui.export.colors import default_colours, hex_colour, pen_colours, underline_colour
from replay_tui.export.svg import escaped
from replay_tui.presenters.document import Role
from replay_tui.terminal.screen import Screen, TextRun

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from replay_tui.terminal.screen import Screen


_UNDERLINES = {2: " double", 3: " wavy", 4: " dotted", 5: " dashed"}


def screen_html(screen: Screen) -> str:
    """Return the rows of a screen without trailing blank rows. All text is sanitized and escaped."""
    last = max((y for y, row in enumerate(screen.grid) if row.runs), default=-1)
    rows = ["".join(_span(run, screen) for run in row.runs) for row in screen.grid[: last + 1]]
    text, ground = default_colours(screen)
    style = f"background:{hex_colour(ground)};color:{hex_colour(text)};--cols:{screen.cols}"
    return f'<pre class="screen" style="{style}">' + "\n".join(rows) + "</pre>"


def _span(run: TextRun, screen: Screen) -> str:
    text = "" if run.pen.hidden else sanitize(run.text)
    shown = escaped(text or " " * run.width)
    style = _style(run, screen)
    return f'<span style="{style}">{shown}</span>' if style else shown


def _style(run: TextRun, screen: Screen) -> str:
    pen = run.pen
    fg, bg = pen_colours(pen, screen)
    text, ground = default_colours(screen)
    lines = ["underline" * bool(pen.underline), "line-through" * pen.strike, "overline" * pen.overline]
    parts = [
        f"color:{hex_colour(fg)}" if fg != text else "",
        f"background:{hex_colour(bg)}" if bg != ground else "",
        "font-weight:bold" if pen.bold else "",
        "font-style:italic" if pen.italic else "",
        "opacity:.65" if pen.faint else "",
    ]
    if any(lines):
        kind, colour = _UNDERLINES.get(pen.underline, ""), underline_colour(pen, screen)
        parts.append(f"text-decoration:{' '.join(filter(None, lines))}{kind}{colour and ' ' + colour}")
    return ";".join(filter(None, parts))


_CLASSES = {Role.BAD: "high", Role.WARN: "medium", Role.GOOD: "low", Role.MUTED: "faint"}


def render_page(template: str, **values: object) -> Iterator[str]:
    """Yield the page that a template of `export/templates` makes of `values`, piece by piece."""
    yield from _environment().get_template(template).generate(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        css=lambda role: _CLASSES.get(role, ""),
        css_string=_css_string,
        lines=_lines,
        params=params_text,
        screen=_screen,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Return a value of a template as sanitized text, which jinja2 then escapes. `Markup` is escaped already."""
    return value if hasattr(value, "__html__") else sanitize(value)


def _lines(text: str, separator: str = "\n") -> Markup:
    """Return text of several lines, escaped, with `separator` (HTML) between them."""
    from markupsafe import Markup

    lines = sanitize(text, keep_newlines=True).strip("\n").split("\n")
    return Markup(separator).join(lines)


def _css_string(text: str) -> Markup:
    """Return text as a string of CSS in which all but ASCII letters and digits is escaped, so that it ends nothing."""
    from markupsafe import Markup

    escapes = (one if one.isascii() and one.isalnum() else f"\\{ord(one):06x}" for one in sanitize(text))
    return Markup('"' + "".join(escapes) + '"')


def _screen(screen: Screen) -> Markup:
    from markupsafe import Markup

    return Markup(screen_html(screen))


def params_text(params: Sequence[str | None]) -> str:
    """Return the parameters of a statement, separated by commas."""
    return ", ".join("NULL" if one is None else one for one in params)
