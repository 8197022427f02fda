"""Text functions for display: sanitising untrusted text, cell widths, expanding tabs, plurals, truncation.

Textual does not remove control characters, and terminals execute them; bidirectional and zero-width characters
reorder or hide text. Every label, name, message and line from outside passes through `sanitize`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]")
_UNSAFE_KEEP_LINES = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]")


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
    return f"<U+{code:04X}>"


def sanitize(value: object, *, keep_newlines: bool = False) -> str:
    """Return `value` as text without control characters.

    C0 control characters become control pictures (ESC becomes U+241B); C1, bidirectional and zero-width characters
    become their code point (`<U+202E>`), lone surrogates U+FFFD, and tabs four spaces. `keep_newlines` keeps line
    feeds and turns CR LF into LF; otherwise they become spaces.
    """
    text = value if isinstance(value, str) else str(value)
    if keep_newlines:
        return _UNSAFE_KEEP_LINES.sub(_placeholder, text.replace("\r\n", "\n"))
    return _UNSAFE.sub(_placeholder, text.replace("\r\n", " ").replace("\n", " "))


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
    return sanitize(line.expandtabs(8))


def pluralize(number: int, noun: str) -> str:
    """Return the number with its noun: `1 event`, `2,000 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def truncate(text: str, width: int) -> str:
    """Return `text` truncated to `width` characters; a truncated text ends with an ellipsis."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "\u2026"
