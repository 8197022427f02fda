"""Key tokenizer for input events, and the effect of keys on an edited line as far as it is known without the screen.

Three encodings send a sequence for each key, and are converted to the bytes that a terminal without them sends: the
kitty keyboard protocol (`CSI code ; modifiers : event ; text u`), xterm's modifyOtherKeys (`CSI 27 ; modifiers ; code
~`), and the win32 input mode of Windows (`CSI Vk ; Sc ; Uc ; Kd ; Cs ; Rc _`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from replay_tui.domain.lazy_regex import lazy_compile

_KITTY = lazy_compile(rb"\x1b\[(\d{1,7})((?::\d{0,7}){0,2})(?:;(\d{0,4})(?::(\d))?)?(?:;([\d:]{0,64}))?u")
_FUNCTION_KEY = lazy_compile(rb"\x1b\[(\d{1,3}(?=;)|)(?:;(\d{1,4}):(\d))([A-HPQS~])|\x1b\[(\d{1,3});(\d{1,4}):(\d)~")
_MODIFIED = lazy_compile(rb"\x1b\[27;(\d{1,4});(\d{1,7})~")
_WIN32 = lazy_compile(rb"\x1b\[(\d{0,5});(\d{0,5});(\d{0,5});(\d?);(\d{0,5});?(\d{0,4})_")
_SHIFT, _ALT, _CTRL, _CAPS_LOCK = 1, 2, 4, 64
_RELEASE = b"3"
_PRIVATE = range(57344, 63744)
"""Codes of function keys and modifiers in the kitty protocol."""
_KEYPAD = dict(zip(range(57399, 57417), "0123456789./*-+\r=,", strict=True))
_MAX_REPEATS = 64


def plain_key(raw: bytes) -> bytes:
    """Return the plain bytes of a control sequence that was typed: empty for a released key or a modifier alone.

    A sequence of no extended encoding is returned unchanged.
    """
    final = raw[-1:]
    if final == b"u" and (found := _KITTY.fullmatch(raw)):
        return _kitty(raw, found)
    if final == b"_" and (found := _WIN32.fullmatch(raw)):
        return _win32(found)
    if final == b"~" and (found := _MODIFIED.fullmatch(raw)):
        return _with_modifiers(chr(min(int(found[2]), 0x10FFFF)), max(0, int(found[1]) - 1))
    if b":" in raw and (found := _FUNCTION_KEY.fullmatch(raw)):
        return _function_key(found)
    return raw


def _kitty(raw: bytes, found: re.Match[bytes]) -> bytes:
    if found[4] == _RELEASE:
        return b""
    modifiers = max(0, int(found[3] or 1) - 1)
    code = int(found[1])
    if text := "".join(_characters(found[5] or b"")):
        return text.encode("utf-8", "surrogatepass")
    if code in _KEYPAD:
        return _KEYPAD[code].encode()
    if code in _PRIVATE or code > 0x10FFFF:
        return b"" if code > 57440 else raw  # locks, media keys and modifiers do nothing by themselves
    shifted = next(_characters((found[2] or b"").split(b":")[1]), "") if found[2] else ""
    char = shifted if shifted and modifiers & _SHIFT else chr(code)
    if modifiers & (_SHIFT | _CAPS_LOCK) and not shifted:
        char = char.upper()
    return _with_modifiers(char, modifiers)


def _characters(codes: bytes) -> Iterator[str]:
    return (chr(int(code)) for code in codes.split(b":") if code and 32 <= int(code) <= 0x10FFFF)


def _with_modifiers(char: str, modifiers: int) -> bytes:
    if modifiers & _CTRL and len(char) == 1 and "@" <= char.upper() <= "_":
        char = chr(ord(char.upper()) & 0x1F)
    key = char.encode("utf-8", "surrogatepass")
    return b"\x1b" + key if modifiers & _ALT else key


def _function_key(found: re.Match[bytes]) -> bytes:
    number, modifiers, event, final = found[1] or found[5], found[2] or found[6], found[3] or found[7], found[4] or b"~"
    if event == _RELEASE:
        return b""
    if modifiers == b"1":
        return b"\x1b[" + (number if final == b"~" else b"") + final
    return b"\x1b[" + (number or b"1") + b";" + modifiers + final


def _win32(found: re.Match[bytes]) -> bytes:
    char, is_down, repeats = int(found[3] or 0), found[4] == b"1", int(found[6] or 1)
    if not char or not is_down:
        return b""
    return chr(char).encode("utf-8", "surrogatepass") * min(repeats, _MAX_REPEATS)


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
_REPLY = lazy_compile(
    rb"\x1b\[[?>=]?[0-9;]*[cRnyt]|\x1b\[\?[0-9;]*u|\x1b\[<[0-9;]*[Mm]|\x1b\[M...|\x1b\[[IO]"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\",
    re.DOTALL,
)
_TOKEN = lazy_compile(
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
