"""Narrowing of a search: a bitmap of the four-byte sequences in a chunk of text proves that a pattern is not in it.

A bit can be set by several sequences, so that the search in the chunk decides. Only sequences at even positions are in
the bitmap, which halves the time to make it. Patterns from which no five bytes follow are searched everywhere.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.search.query import Query

GRAM_BYTES, STRIDE_BYTES = 4, 2
"""Length of a sequence, and distance between two that are in the bitmap."""
MIN_BITS = 1 << 10
_MULTIPLIER = 2654435761
ODD_LETTERS = "\u0130\u0131\u017f\u212a"
"""Characters outside ASCII that become an ASCII letter, or equal one, if case is ignored."""
_ODD = lazy_compile(f"[{ODD_LETTERS}]")
_ASCII_RUN = lazy_compile("[\x00-\x7f]+")
_CLASS = lazy_compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def grams_of(text: str) -> bytes:
    """Return the bitmap of a chunk of text; empty if nothing can be proved about it."""
    if _ODD.search(text):
        return b""
    found = set[int]()
    data = text.encode("utf-8", "surrogatepass").lower()
    for start in range(0, GRAM_BYTES, STRIDE_BYTES):
        end = start + (len(data) - start) // GRAM_BYTES * GRAM_BYTES
        if end > start:
            found.update(memoryview(data[start:end]).cast("I"))
    bits = max(MIN_BITS, 1 << (2 * len(found)).bit_length())
    shift, bitmap = 33 - bits.bit_length(), bytearray(bits // 8)
    for gram in found:
        place = (gram * _MULTIPLIER & 0xFFFFFFFF) >> shift
        bitmap[place >> 3] |= 1 << (place & 7)
    return bytes(bitmap)


class Narrowing:
    """Test whether a chunk may contain a match of `query`."""

    def __init__(self, query: Query) -> None:
        texts = [_alignments(text.encode("utf-8", "surrogatepass").lower()) for text in required_texts(query)]
        self._texts = [places for places in texts if all(places)]

    def __bool__(self) -> bool:
        return bool(self._texts)

    def may_match(self, bitmap: bytes) -> bool:
        """Return False if the chunk with this bitmap contains no match."""
        if not bitmap:
            return True
        shift = 33 - (8 * len(bitmap)).bit_length()
        return all(
            any(all(bitmap[place >> shift >> 3] >> (place >> shift & 7) & 1 for place in places) for places in text)
            for text in self._texts
        )


def _alignments(text: bytes) -> list[list[int]]:
    """Return the places of a text's sequences, for each of the positions at which it can begin."""
    return [
        [
            int.from_bytes(text[at : at + GRAM_BYTES], sys.byteorder) * _MULTIPLIER & 0xFFFFFFFF
            for at in range(start, len(text) - GRAM_BYTES + 1, STRIDE_BYTES)
        ]
        for start in range(STRIDE_BYTES)
    ]


def required_texts(query: Query) -> Sequence[str]:
    """Return texts that every match of `query` contains, in lower or upper case if case is ignored."""
    found = _literals(query.pattern) if query.regex else [query.pattern]
    if not query.ignore_case:
        return found
    return [run for text in found for run in _ASCII_RUN.findall(text)]


def _literals(pattern: str) -> list[str]:
    """Return texts that every match of a regular expression contains; none for one with groups or alternatives."""
    if "(" in pattern or "|" in pattern:
        return []
    found, run, at = list[str](), "", 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "\\":
            escaped = pattern[at : at + 1]
            at += 1
            if escaped and not escaped.isalnum() and escaped.isascii():
                run += escaped
                continue
        elif char == "[":
            group = _CLASS.match(pattern, at - 1)
            if not group:
                return []
            at = group.end()
        elif char in "*?{":
            run = run[:-1]
            if char == "{":
                at = pattern.find("}", at) + 1 or len(pattern)
        elif char not in "+.^$":
            run += char
            continue
        found.append(run)
        run = ""
    return [text for text in (*found, run) if text]
