"""Code coloured by Pygments, on our own background."""

from __future__ import annotations

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from rich.style import Style
from rich.syntax import Syntax
from rich.text import Span, Text

from replay_tui.domain.text import sanitize


def highlight_code(code: str, language: str, dark: bool) -> Text:
    """Cleaned code, coloured by Pygments. Very long texts stay plain."""
    code = sanitize(code, keep_newlines=True)
    try:
        get_lexer_by_name(language)
    except ClassNotFound:
        return Text(code)
    if len(code) > 200_000:
        return Text(code)
    text = Syntax("", language, theme="github-dark" if dark else "friendly", background_color="default").highlight(code)
    text.rstrip()
    # The lexer's theme colours words only; the background is ours.
    text.style = ""
    text.spans = [Span(span.start, span.end, _foreground(span.style)) for span in text.spans]
    return text


def preload_lexer(language: str) -> None:
    """Load what colouring a language needs, which takes 10 ms, before the interface's thread needs it."""
    for dark in (True, False):
        highlight_code("", language, dark)


def _foreground(style: str | Style) -> str | Style:
    if isinstance(style, str):  # the theme's background, laid over everything
        return ""
    return Style(color=style.color, bold=style.bold, italic=style.italic, underline=style.underline)
