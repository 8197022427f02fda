"""Text functions for display: sanitising untrusted text, cell widths, expanding tabs, plurals, truncation.

Textual does not remove control characters, and terminals execute them; bidirectional and zero-width characters
reorder or hide text. Every label, name, message and line from outside passes through `sanitize`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from replay_tui.domain.lazy_regex import lazy_compile

_BIDIRECTIONAL_OR_ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANK_OR_UNDEFINED = (
    "\u00a0\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\ue000-\uf8ff\ufdd0-\ufdef"
    "\ufffc\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001fffe\U0001ffff\U000f0000-\U0010ffff"
)
"""Blanks that look like a space, signs that terminals do not draw, private use. They are common in printed output."""
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934-\u2b55\u3030-\u3299"
    "\U0001f000-\U0001faff"
)
_IN_EMOJI = lazy_compile(
    f"(?<=[{_EMOJI}])\ufe0f|(?<=[#*0-9])\ufe0f(?=\u20e3)|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
)
"""The emoji variation selector, and the joiner between two emoji: they are kept."""
_CONTROLS = "\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_UNSAFE_IN_OUTPUT = lazy_compile(f"[{_CONTROLS}{_BIDIRECTIONAL_OR_ZERO_WIDTH}]")
_UNSAFE = lazy_compile(f"[{_CONTROLS}{_BIDIRECTIONAL_OR_ZERO_WIDTH}{_BLANK_OR_UNDEFINED}]")
MAX_COMBINING_MARKS = 6
"""Combining marks displayed on one character; no script needs more, and more cover the lines above and below."""
_STACK = lazy_compile(f"[^\x00-\u02ff\u2e80-\u3029\u30a0-\ua66e\uac00-\ud7ff]{{{MAX_COMBINING_MARKS + 1},}}")
"""Characters among which there may be too many combining marks. Most characters of East Asia are not searched."""


def _placeholder(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x09:
        return "    "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if _IN_EMOJI.match(match.string, match.start()):
        return match[0]
    return f"<U+{code:04X}>"


def sanitize(value: object, *, keep_newlines: bool = False, keep_blanks: bool = False) -> str:
    """Return `value` as text without control characters and characters that cannot be seen or hide others.

    C0 control characters become control pictures (ESC becomes U+241B); C1, bidirectional, zero-width and blank
    characters become their code point (`<U+202E>`), lone surrogates U+FFFD, tabs four spaces, and combining marks
    beyond `MAX_COMBINING_MARKS` their number (`<194 combining marks>`). `keep_newlines` keeps line feeds and turns
    CR LF into LF; otherwise they become spaces. `keep_blanks` keeps characters that are displayed as a blank or by a
    glyph of the font, for output of programs; names, addresses and commands must not contain them.
    """
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    if not text.isascii():
        text = _STACK.sub(_without_stacks, text)
    unsafe = _UNSAFE_IN_OUTPUT if keep_blanks else _UNSAFE
    return unsafe.sub(_placeholder, text if keep_newlines else text.replace("\n", " "))


def blank_unsafe(text: str) -> str:
    """Return `text` for the cells of a recorded screen, of the same width: what `sanitize` names is blank or U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    visible = _UNSAFE.sub(_cells, text)
    return visible if visible.isprintable() else "".join(map(_printable, visible))


def _cells(match: re.Match[str]) -> str:
    char = match[0]
    if char != "\u200d" and _IN_EMOJI.match(match.string, match.start()):
        return char
    width = char_width(char)
    is_blank = char in "\u115f\u2800\u3164\uffa0" or unicodedata.category(char) == "Zs"
    return (" " if is_blank else "\ufffd").ljust(width) if width else ""


def _printable(char: str) -> str:
    return char if char.isprintable() or char == "\n" else "\ufffd"


def _without_stacks(match: re.Match[str]) -> str:
    """Replace the combining marks of a run that exceed the limit on one character by their number."""
    parts: list[str] = []
    marks = 0
    for char in [*match[0], ""]:
        if char and char_width(char) == 0:
            marks += 1
            if marks <= MAX_COMBINING_MARKS:
                parts.append(char)
            continue
        if marks > MAX_COMBINING_MARKS:
            parts.append(f"<{marks - MAX_COMBINING_MARKS} combining marks>")
        marks = 0
        parts.append(char)
    return "".join(parts)


@lru_cache(maxsize=8192)
def char_width(char: str) -> int:
    """Return the number of cells of a character: 0 for marks and format characters, 2 for wide ones, else 1.

    Uses the Unicode tables of the standard library, so that no other table is loaded at start-up.
    """
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def text_width(text: str) -> int:
    """Return the number of cells of a text without control characters."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def expand_tabs(line: str) -> str:
    """Return a line of output, sanitised, with tabs expanded to every 8th column as in a terminal."""
    return sanitize(line.expandtabs(8), keep_blanks=True)


def pluralize(number: int, noun: str) -> str:
    """Return the number with its noun: `1 event`, `2,000 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def truncate(text: str, width: int) -> str:
    """Return `text` truncated to `width` characters; a truncated text ends with an ellipsis."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "\u2026"


def first_word(text: str) -> str:
    """Return the first word of a command, at most 64 characters, empty if there is none."""
    words = text.split(None, 1)
    return words[0][:64] if words else ""
