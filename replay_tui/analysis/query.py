"""What is searched for: plain text or a regular expression, smart case, and a guard against patterns that never end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from replay_tui.domain.errors import UsageError

LONGEST_LINE = 2000
"""Characters of a line that a regular expression is tried on."""
LONGEST_PATTERN = 1000
_SHORT_LINE = 400
_LINE_SECONDS, _ALL_SECONDS = 0.5, 20.0
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_CHOICE = re.compile(r"[*+?|]|\{\d*,\d*\}")
_RISKY = re.compile(r"\)\s*[*+{]|\\[1-9]|\(\?P=|\(\?\(")

Span = tuple[int, int]


class Query:
    """A pattern ready to be used. A pattern all in lower case does not mind case.

    Python's own `re` cannot be stopped, so it gets only patterns that end soon: two choices (repeats, alternatives) at
    most, none nested, short lines. All others go to `regex`, which takes a time limit. Raises `UsageError` for what is
    no pattern, and from `first` and `spans` when one takes too long.
    """

    def __init__(self, pattern: str, *, regex: bool = False) -> None:
        if not pattern:
            raise UsageError("The search pattern is empty; write what to look for.")
        if len(pattern) > LONGEST_PATTERN:
            raise UsageError(f"The search pattern is longer than {LONGEST_PATTERN} characters; shorten it.")
        self.pattern, self.regex = pattern, regex
        folded = _ESCAPED.sub("", pattern) if regex else pattern
        self.ignore_case = folded == folded.lower()
        flags = re.IGNORECASE if self.ignore_case else re.NOFLAG
        try:
            self._re = re.compile(pattern if regex else re.escape(pattern), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"'{pattern[:60]}' is not a regular expression ({error}).") from None
        bare = _CLASS.sub("C", _ESCAPED.sub(lambda found: found[0] if found[0][1].isdigit() else "C", pattern))
        self._soon = not regex or (len(_CHOICE.findall(bare)) <= 2 and not _RISKY.search(bare))
        self._spent = 0.0
        self._other: Any = None

    def test(self) -> Callable[[str], object]:
        """A quick test of a line; where it answers false `spans` has nothing."""
        if self.regex:
            if not self._soon:
                return self._limited
            search = self._re.search
            return lambda text: search(text) if len(text) <= _SHORT_LINE else self._limited(text)
        if not self.ignore_case:
            return lambda text: self.pattern in text
        needle = self.pattern.lower()
        return lambda text: needle in text.lower()

    def first(self, text: str) -> Span | None:
        """The first of `spans`."""
        if not self.regex or (self._soon and len(text) <= _SHORT_LINE):
            found = self._re.search(text)
            if found is None or found.end() > found.start():
                return found.span() if found else None
        return next(iter(self.spans(text)), None)

    def spans(self, text: str) -> list[Span]:
        """Where the pattern matches, as (start, end); empty matches are left out."""
        if not self.regex or (self._soon and len(text) <= _SHORT_LINE):
            found = self._re.finditer(text)
            return [match.span() for match in found if match.end() > match.start()]
        return self._limited(text)

    def _limited(self, text: str) -> list[Span]:
        begin = time.perf_counter()
        try:
            return list(self._timed(text[:LONGEST_LINE]))
        except TimeoutError:
            self._spent = _ALL_SECONDS + 1
            return []
        finally:
            self._spent += time.perf_counter() - begin
            if self._spent > _ALL_SECONDS:
                raise UsageError("The pattern takes too long on this session; make it simpler.")

    def _timed(self, text: str) -> Iterator[Span]:
        if self._other is None:
            import regex

            try:
                self._other = regex.compile(self.pattern, regex.IGNORECASE if self.ignore_case else 0)
            except regex.error as error:
                raise UsageError(f"'{self.pattern[:60]}' is not a regular expression ({error}).") from None
        for match in self._other.finditer(text, timeout=_LINE_SECONDS):
            if match.end() > match.start():
                yield match.span()
