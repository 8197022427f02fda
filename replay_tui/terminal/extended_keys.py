"""Extended key encodings, converted to the bytes that a terminal without them sends.

Three encodings send a sequence for each key: the kitty keyboard protocol (`CSI code ; modifiers : event ; text u`),
xterm's modifyOtherKeys (`CSI 27 ; modifiers ; code ~`), and the win32 input mode of Windows (`CSI Vk ; Sc ; Uc ; Kd ;
Cs ; Rc _`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
