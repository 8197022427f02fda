"""Key tokenizer for input events, and the effect of keys on an edited line as far as it is known without the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from replay_tui.terminal.extended_keys import plain_key

PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"
ENTER, INTERRUPT, ESCAPE = frozenset((b"\r", b"\n")), b"\x03", b"\x1b"
ERASE, KILL_LINE, KILL_WORD = frozenset((b"\x7f", b"\x08")), b"\x15", b"\x17"
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
"""Keys that insert text without typing it: history, search, yank."""
MIN_PASTE_BYTES = 12
"""Input events of at least this many bytes of text count as pasted."""
_REPLY = re.compile(
    rb"\x1b\[[?>=]?[0-9;]*[cRnyt]|\x1b\[\?[0-9;]*u|\x1b\[<[0-9;]*[Mm]|\x1b\[M...|\x1b\[[IO]"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\",
    re.DOTALL,
)
_TOKEN = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~]|\x1b[\x00-\x1a\x1c-\x7f]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+", re.DOTALL
)


LARGE_EVENT_BYTES = 1 << 14
"""Size from which the keys of an event are kept for the next reader."""
SMALL_EVENT_BYTES = 8
"""Size up to which an event is a single key, as a rule, which is likely to be pressed again."""


class InputKey(NamedTuple):
    """A key or a run of text.

    `data` are the bytes that a terminal without extended keys sends; `offset` and `size` are the place of the bytes in
    the event; `pasted` is True inside a bracketed paste.
    """

    data: bytes
    offset: int
    pasted: bool
    size: int

    @property
    def is_text(self) -> bool:
        """Whether the key inserts text."""
        first = self.data[:1]
        return first >= b" " and first != b"\x7f"


def tokenize_input(data: bytes) -> Iterator[re.Match[bytes]]:
    """Yield each key, run of text and bracketed-paste switch. Terminal replies and mouse reports are skipped."""
    replies = _REPLY.finditer(data)
    reply = next(replies, None)
    for match in _TOKEN.finditer(data):
        while reply and reply.end() <= match.start():
            reply = next(replies, None)
        if not reply or match.start() < reply.start():
            yield match


def parse_keys(data: bytes) -> list[InputKey]:
    """Return the keys and runs of text of an input event, without terminal replies, mouse reports and key releases."""
    return [key for key in parse_key_events(data) if key.data]


@lru_cache(maxsize=2)
def _parse_large_event(data: bytes) -> tuple[InputKey, ...]:
    """Return the keys of an event that several readers parse one after the other."""
    return tuple(_iter_keys(data))


@lru_cache(maxsize=1024)
def _parse_small_event(data: bytes) -> tuple[InputKey, ...]:
    """Return the keys of a small event."""
    return tuple(_iter_keys(data))


def parse_key_events(data: bytes) -> list[InputKey]:
    """Return the keys and runs of text of an input event; a released key and a modifier have empty `data`."""
    if len(data) <= SMALL_EVENT_BYTES:
        return list(_parse_small_event(data))
    return list(_parse_large_event(data) if len(data) > LARGE_EVENT_BYTES else _iter_keys(data))


def _iter_keys(data: bytes) -> Iterator[InputKey]:
    pasted = False
    for match in tokenize_input(data):
        raw = match[0]
        if raw in (PASTE_START, PASTE_END):
            pasted = raw == PASTE_START
            continue
        plain = plain_key(raw) if raw[:2] == b"\x1b[" else raw
        yield InputKey(plain, match.start(), pasted, len(raw))
