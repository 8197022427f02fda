"""HTML pages from jinja2 templates: every value is sanitized and escaped, the policy forbids scripts and requests.

jinja2 is imported when the first page is written, because most commands write none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay_tui.domain.text import sanitize
from replay_tui.domain.time_format import format_time
from replay_tui.export.screen_html import screen_html
from replay_tui.presenters.document import Role

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from replay_tui.terminal.screen import Screen

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
        css=lambda role: _CLASSES.get(role, ""), lines=_lines, params=params_text, screen=_screen, time=format_time
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


def _screen(screen: Screen) -> Markup:
    from markupsafe import Markup

    return Markup(screen_html(screen))


def params_text(params: Sequence[str | None]) -> str:
    """Return the parameters of a statement, separated by commas."""
    return ", ".join("NULL" if one is None else one for one in params)
