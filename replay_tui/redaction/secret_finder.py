"""Search for secrets in text by their characters, regardless of control sequences and line breaks between them.

A secret is also found in the forms in which programs write it: base64 (at each of the three alignments), hexadecimal,
percent-encoded, escaped for JSON or HTML, and with U+FFFD for characters that were not valid UTF-8. The time is linear
in the length of the text.
"""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from urllib.parse import quote

from replay_tui.domain.lazy_regex import lazy_compile

MIN_GLOBAL_CHARS = 4
"""Shorter secrets are redacted only where they were entered, because their text occurs by chance elsewhere."""
MIN_JOINED_CHARS = 6
"""Shorter secrets are not searched across line breaks."""
_MAX_LITERALS = 256
"""Above this number, one pass over the text is faster than a search for each literal."""

_STRINGS = r"\x1b(?:[\]k][^\x07\x18\x1a\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x18\x1a\x1b]*(?:\x1b\\)?)"
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_SEQUENCES = rf"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|{_CONTROLS}"
SEQUENCES = rf"{_STRINGS}|{_SEQUENCES}"
"""Pattern of everything that draws no character: control sequences, strings, control characters."""
_INVISIBLE = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f\x80-\x9f]"
_UTF8_INVISIBLE = (
    r"\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
    r"|\xef\xb8[\x80-\x8f]"
)
_NO_BLANKS = lazy_compile(rf"{SEQUENCES}|\s|{_INVISIBLE}")
_LINE_BREAK = lazy_compile(r"(?<![ \t])[ \t]*+[\r\n][ \t\r\n]*+")
_MAX_LITERAL_CHARS = 96
"""A longer literal is split into overlapping parts, which bounds the time of a search in repetitive text."""

Span = tuple[int, int]


class SecretFinder:
    """Finds `secrets` in texts; with `in_bytes`, in bytes that were decoded as Latin-1. False without secrets."""

    def __init__(self, secrets: Iterable[str], *, in_bytes: bool = False) -> None:
        invisible = _UTF8_INVISIBLE if in_bytes else _INVISIBLE
        self._visible = re.compile(f"{SEQUENCES}|{invisible}")
        self._no_controls = re.compile(f"{_CONTROLS}|{invisible}")
        found = {self._visible.sub("", secret) for secret in secrets}
        forms = {one: _forms(one, in_bytes) for one in found if len(one) >= MIN_GLOBAL_CHARS}
        self._literals = _Literals(chain.from_iterable(forms.values()))
        self._long = _Literals(
            _LINE_BREAK.sub("", form)
            for secret, some in forms.items()
            if len(secret) >= MIN_JOINED_CHARS
            for form in (*some, *({form.replace(" ", "") for form in some if " " in form}))
        )

    def __bool__(self) -> bool:
        return bool(self._literals)

    def spans(self, text: str) -> list[Span]:
        """Return the characters of secrets as sorted (start, end) pairs that do not overlap."""
        if not self._literals or not text:
            return []
        found = list(self._literals.find(text))
        visible = _Reduced(text, self._visible)
        if visible.is_shorter:
            found += visible.find(self._literals.find)
            found += _Reduced(text, self._no_controls).find(self._literals.find)
        if self._long:
            joined = _Reduced(visible.text, _LINE_BREAK)
            if joined.is_shorter:
                found += visible.locate(joined.find(self._long.find))
        return merge_spans(found)


class _Literals:
    """A set of words that are found wherever they occur, also if they overlap."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted({part for word in words for part in _parts(word)}, key=len, reverse=True)
        self._by_head: dict[str, dict[int, set[str]]] = {}
        self._head = min(map(len, self._words), default=1)
        if len(self._words) > _MAX_LITERALS:
            for word in self._words:
                self._by_head.setdefault(word[: self._head], {}).setdefault(len(word), set()).add(word)

    def __bool__(self) -> bool:
        return bool(self._words)

    def find(self, text: str) -> Iterator[Span]:
        """Yield the (start, end) pairs that all occurrences cover together."""
        if self._by_head:
            yield from self._find_by_head(text)
            return
        for word in self._words:
            size, start = len(word), text.find(word)
            while start >= 0:
                last = start
                while (later := text.rfind(word, last + 1, last + 2 * size - 1)) >= 0:
                    last = later
                yield start, last + size
                start = text.find(word, last + size)

    def _find_by_head(self, text: str) -> Iterator[Span]:
        by_head, size, start, end = self._by_head, self._head, 0, 0
        for at in range(len(text) - size + 1):
            for length, words in by_head.get(text[at : at + size], {}).items():
                if at + length > end and text[at : at + length] in words:
                    if at > end and end:
                        yield start, end
                    start, end = (start if at <= end and end else at), at + length
        if end:
            yield start, end


def _parts(word: str) -> Iterator[str]:
    """Yield a word, or parts of a long one that overlap."""
    if 0 < len(word) <= _MAX_LITERAL_CHARS:
        yield word
    elif word:
        half = _MAX_LITERAL_CHARS // 2
        yield from (word[at : at + _MAX_LITERAL_CHARS] for at in range(0, len(word) - _MAX_LITERAL_CHARS, half))
        yield word[-_MAX_LITERAL_CHARS:]


class _Reduced:
    """A text without the parts that match a pattern; positions in it are mapped back to the source."""

    def __init__(self, source: str, dropped: re.Pattern[str]) -> None:
        self._source, self._dropped = source, dropped
        self.text = dropped.sub("", source)
        self.is_shorter = len(self.text) < len(source)

    @cached_property
    def _kept(self) -> tuple[list[int], list[int]]:
        """Where each kept part starts: in the reduced text, and in the source."""
        starts, origins, removed = [0], [0], 0
        for part in self._dropped.finditer(self._source):
            removed += part.end() - part.start()
            starts.append(part.end() - removed)
            origins.append(part.end())
        return starts, origins

    def find(self, find: Callable[[str], Iterable[Span]]) -> list[Span]:
        """Return what `find` finds in the reduced text, as positions in the source; empty if nothing was dropped."""
        return self.locate(find(self.text)) if self.is_shorter else []

    def locate(self, spans: Iterable[Span]) -> list[Span]:
        """Return spans of the reduced text as spans of the source, without the dropped parts."""
        return [part for start, end in spans for part in self.parts(start, end)] if self.is_shorter else list(spans)

    def parts(self, start: int, end: int) -> Iterator[Span]:
        """Yield a span of the reduced text as spans of the source."""
        starts, origins = self._kept
        at = bisect_right(starts, start) - 1
        while start < end:
            stop = min(end, starts[at + 1]) if at + 1 < len(starts) else end
            if start < stop:
                yield start + origins[at] - starts[at], stop + origins[at] - starts[at]
            start, at = max(start, stop), at + 1


class LineFinder:
    """Finds lines in texts, regardless of blanks, line breaks and control sequences in them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._literals = _Literals(_NO_BLANKS.sub("", line) for line in lines)

    def hulls(self, text: str) -> list[Span]:
        """Return each occurrence from its first to its last character; neighbours that overlap are one."""
        if not self._literals:
            return []
        reduced = _Reduced(text, _NO_BLANKS)
        parts = (reduced.locate([span]) for span in self._literals.find(reduced.text))
        return [(some[0][0], some[-1][1]) for some in parts]


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order; overlapping and touching ones are merged."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=4096)
def _forms(secret: str, in_bytes: bool) -> frozenset[str]:
    """Return the texts as which a program may write a secret; kept, because a growing session is searched again."""
    return frozenset(_iter_forms(secret, in_bytes=in_bytes))


def _iter_forms(secret: str, *, in_bytes: bool) -> Iterator[str]:
    plain = {secret, unicodedata.normalize("NFC", secret), unicodedata.normalize("NFD", secret)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    percent = {quote(secret, safe=""), quote(secret), quote(secret, safe="").replace("%20", "+")}
    lower = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), one) for one in percent}
    texts = plain | escaped | percent | lower
    if in_bytes:
        encodings = {data for text in texts for data in _encoded(text)}
        yield from (data.decode("latin-1") for data in encodings)
    else:
        yield from texts
        yield from (re.sub(r"[^\x00-\x7f]", "\ufffd", text) for text in plain)
    for data in {data for text in plain for data in _encoded(text)}:
        yield from (data.hex(), data.hex().upper())
        yield from _base64_forms(data)


def _encoded(text: str) -> set[bytes]:
    """Return the text in UTF-8 and, if possible, in Latin-1."""
    encoded = {text.encode("utf-8", "replace")}
    try:
        encoded.add(text.encode("latin-1"))
    except UnicodeEncodeError:
        pass
    return encoded


def _base64_forms(data: bytes) -> Iterator[str]:
    """Yield the characters of base64 texts that depend on `data` only, at each of the three alignments."""
    yield base64.b64encode(data).decode()
    for shift in range(3):
        first = (shift * 8 + 5) // 6  # characters that depend on the bytes before
        last = (shift + len(data)) * 8 // 6
        core = base64.b64encode(bytes(shift) + data + b"\0\0")[first:last].decode()
        if len(core) >= MIN_GLOBAL_CHARS:
            yield core
            yield core.translate(str.maketrans("+/", "-_"))
