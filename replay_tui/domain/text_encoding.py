"""Text encodings of terminal streams: validation of names, conversion of payloads to UTF-8, count of invalid bytes."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile

UTF8 = "utf-8"
_MAX_NAME_CHARS = 40
_COUNT_BLOCK_BYTES = 1 << 20
_UNSUPPORTED = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"))
"""Python codecs that are no encodings of terminals: escapes, host names, and the code page of the viewer's machine."""
_MOUSE_REPORT = lazy_compile(rb"\x1b\[M[\x20-\xff]{3}")
"""X10 mouse report in input: coordinates from 96 on are bytes above 0x7f and no text."""


def parse_encoding(name: str) -> str:
    """Return the canonical name of a text encoding, such as `gbk`. Raises `UsageError` for an unknown name."""
    try:
        found = codecs.lookup(name) if len(name) <= _MAX_NAME_CHARS and name.isascii() else None
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding or found.name.replace("-", "_") in _UNSUPPORTED:
        shown = truncate(sanitize(name), _MAX_NAME_CHARS)
        raise UsageError(f"'{shown}' is not a text encoding; examples: utf-8, gbk, shift_jis, euc-kr, latin-1, cp1251.")
    return UTF8 if found.name in ("utf-8", "ascii") else found.name


class Transcoder:
    """Converts payloads from `encoding` to UTF-8. Output and input have a decoder each.

    A character that is split between events belongs to the event with its last byte. Invalid bytes become U+FFFD.

    Attributes:
        invalid: number of replaced places so far.
    """

    def __init__(self, encoding: str) -> None:
        make = codecs.getincrementaldecoder(encoding)
        self.encoding = encoding
        self.invalid = 0
        self._decoders = {True: make("replace"), False: make("replace")}

    def convert(self, kind: str, data: bytes) -> bytes:
        """Return the payload of an event of type `kind` as UTF-8."""
        text = self._decoders[kind in "oe"].decode(data)
        self.invalid += text.count("\ufffd")
        return text.encode("utf-8", "replace")

    def end(self, kind: str) -> bytes:
        """Return U+FFFD for an incomplete character at the end of the stream, else nothing."""
        rest = self._decoders[kind in "oe"].decode(b"", final=True)
        self.invalid += len(rest)
        return rest.encode("utf-8", "replace")

    def convert_all(self, kinds: Sequence[str], payloads: Sequence[bytes]) -> list[bytes]:
        """Return the payloads of several events as UTF-8."""
        return [self.convert(kind, data) for kind, data in zip(kinds, payloads, strict=True)]


class InvalidUtf8Counter:
    """Counts the bytes that are not part of a valid UTF-8 character, in pieces of any length."""

    def __init__(self) -> None:
        self._count = 0
        self._carried = b""  # the start of a character that the next piece may complete

    def add(self, data: bytes) -> None:
        """Count the next piece."""
        if self._carried or not data.isascii():
            block, self._carried = _split_incomplete(self._carried + data)
            self._count += _invalid_bytes(block)

    @property
    def count(self) -> int:
        """Number of invalid bytes, as if the data ended here."""
        return self._count + _invalid_bytes(self._carried)


def count_invalid_utf8(data: bytes | bytearray) -> int:
    """Return the number of bytes that are not part of a valid UTF-8 character."""
    counter = InvalidUtf8Counter()
    for start in range(0, len(data), _COUNT_BLOCK_BYTES):
        counter.add(bytes(data[start : start + _COUNT_BLOCK_BYTES]))
    return counter.count


def _invalid_bytes(block: bytes) -> int:
    try:
        block.decode()
    except UnicodeDecodeError:
        return len(block) - len(block.decode("utf-8", "ignore").encode())
    return 0


def count_invalid_input(data: bytes | bytearray) -> int:
    """Return the number of bytes of input that are not UTF-8, without mouse reports."""
    return count_invalid_utf8(_MOUSE_REPORT.sub(b"", data)) if not data.isascii() else 0


def _split_incomplete(block: bytes) -> tuple[bytes, bytes]:
    """Split off at most three bytes at the end that may begin a character."""
    for length in range(1, min(4, len(block) + 1)):
        if block[-length] >= 0xC0:
            return block[:-length], block[-length:]
        if block[-length] < 0x80:
            break
    return block, b""
