"""Keys in input: what line editors do with them, as far as that can be known without the screen."""

from __future__ import annotations

import re
from typing import NamedTuple

PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"
ENTER, INTERRUPT = frozenset((b"\r", b"\n")), b"\x03"
DELETIONS = frozenset(
    (
        b"\x7f",
        b"\x08",
        b"\x15",
        b"\x17",
        b"\x0b",
        b"\x1b\x7f",
        b"\x1b\x08",
        b"\x1bd",
        b"\x1bD",
        b"\x1b[3~",
        b"\x1b[3;5~",
    )
)
RECALLS = frozenset((b"\x1b[A", b"\x1b[B", b"\x1bOA", b"\x1bOB", b"\x10", b"\x0e", b"\x12", b"\x13", b"\x19"))
"""Keys that bring text which was not typed: history, search, yank."""
MIN_PASTE_BYTES = 12
"""Characters in one input event from which on they were hardly typed."""
_REPLY = re.compile(
    rb"\x1b\[[?>=]?[0-9;]*[cRnyt]|\x1b\[\?[0-9;]*u|\x1b\[<[0-9;]*[Mm]|\x1b\[M...|\x1b\[[IO]"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\",
    re.DOTALL,
)
_KEY = re.compile(
    rb"\x1b\[20[01]~|\x1b\[[0-9;:?<>=]*[@-~]|\x1bO[@-~]|\x1b[\x00-\x7f]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f\x1b]+|\x1b",
    re.DOTALL,
)


class InputKey(NamedTuple):
    """A key or a run of text: its bytes, where they start in the event, whether they stand inside a bracketed paste."""

    data: bytes
    offset: int
    pasted: bool

    @property
    def is_text(self) -> bool:
        """Whether it inserts itself."""
        return self.data[0] >= 0x20 and self.data[0] != 0x7F


def parse_keys(data: bytes) -> list[InputKey]:
    """The keys of an input event; what a terminal answered by itself and mouse reports are left out."""
    found, pasted, skip = [], False, [match.span() for match in _REPLY.finditer(data)]
    for match in _KEY.finditer(data):
        while skip and skip[0][1] <= match.start():
            skip.pop(0)
        if skip and skip[0][0] <= match.start():
            continue
        if match[0] in (PASTE_START, PASTE_END):
            pasted = match[0] == PASTE_START
            continue
        found.append(InputKey(match[0], match.start(), pasted))
    return found


def apply_key(text: str, key: InputKey) -> str:
    """`text` after a key, as the terminal driver edits a line; other keys change nothing."""
    if key.is_text:
        return text + key.data.decode("utf-8", "replace")
    if key.pasted and key.data in ENTER:
        return text + "\n"
    if key.data in (b"\x7f", b"\x08"):
        return text[:-1]
    if key.data == b"\x15":
        return ""
    if key.data == b"\x17":
        return re.sub(r"\S*\s*\Z", "", text)
    return text
