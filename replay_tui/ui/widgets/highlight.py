"""Syntax highlighting by Pygments, on the background of the interface."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.style import Style
from rich.text import Span, Text

from replay_tui.domain.display_text import sanitize
from replay_tui.ui.themes import readable

MAX_HIGHLIGHT_CHARS, MAX_SHOWN_CHARS = 50_000, 100_000
"""Longer texts stay plain or are cut, because keys wait while Pygments reads them (0.3 s) or they are wrapped."""


def highlight_code(code: str, language: str, dark: bool) -> Text:
    """Return sanitised code, highlighted up to `MAX_HIGHLIGHT_CHARS`, cut with a note after `MAX_SHOWN_CHARS`."""
    more, code = max(0, len(code) - MAX_SHOWN_CHARS), sanitize(code[:MAX_SHOWN_CHARS], keep_newlines=True)
    if len(code) > MAX_HIGHLIGHT_CHARS:
        note = f"\n\u2026 {more:,} more characters; `replay-tui statements` prints them." if more else ""
        return Text.assemble(code, (note, "dim italic"))
    from pygments.lexers import get_lexer_by_name  # most sessions of a terminal need no lexer
    from pygments.util import ClassNotFound
    from rich.syntax import Syntax

    try:
        get_lexer_by_name(language)
    except ClassNotFound:
        return Text(code)
    text = Syntax("", language, theme="github-dark" if dark else "friendly", background_color="default").highlight(code)
    text.rstrip()
    # Only the foreground of the theme is used; the background is the interface's.
    text.style = ""
    text.spans = [Span(span.start, span.end, _foreground(span.style, dark)) for span in text.spans]
    return text


def preload_lexer(language: str) -> None:
    """Load the lexer and the themes, which takes 10 ms, before the interface's thread needs them."""
    for dark in (True, False):
        highlight_code("", language, dark)


@lru_cache(maxsize=256)
def _foreground(style: str | Style, dark: bool) -> str | Style:
    if isinstance(style, str):  # the theme's background, applied to the whole text
        return ""
    color = style.color and Color.from_rgb(*readable(style.color.get_truecolor(), dark))
    return Style(color=color, bold=style.bold, italic=style.italic, underline=style.underline)
