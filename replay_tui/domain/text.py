"""Foreign text made harmless: the one function that every label, name, message and line goes through.

Textual does not remove control bytes from text, and a terminal acts on them; bidirectional and zero-width
characters reorder or hide what a reviewer reads. `clean` turns each of them into something visible.
"""

from __future__ import annotations

import re

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
    """`value` as text that no terminal acts on.

    Control characters become control pictures (ESC is shown as U+241B), C1, bidirectional and zero-width characters
    become `<U+202E>`, lone surrogates become U+FFFD, tabs become four spaces. With `lines` line feeds stay and a
    carriage return before one is dropped; without it everything ends up on one line.
    """
    text = value if isinstance(value, str) else str(value)
    if keep_newlines:
        return _UNSAFE_KEEP_LINES.sub(_placeholder, text.replace("\r\n", "\n"))
    return _UNSAFE.sub(_placeholder, text.replace("\r\n", " ").replace("\n", " "))


def expand_tabs(line: str) -> str:
    """A line of output, clean, with its columns where a terminal puts them: tabs go on to the next of every 8 cells."""
    return sanitize(line.expandtabs(8))


def pluralize(number: int, noun: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def truncate(text: str, width: int) -> str:
    """`text` cut to at most `width` characters, with an ellipsis where something was cut."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "\u2026"
