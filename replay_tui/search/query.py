"""What is searched for: plain text or a regular expression, smart case, and a guard against patterns that never end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.safe_regex import compile_regex

MAX_LINE_CHARS = 2000
"""Characters of a line that a regular expression is tried on."""
MAX_PATTERN_CHARS = 1000
_SHORT_LINE_CHARS = 400
_LINE_SECONDS, _TOTAL_SECONDS = 0.5, 20.0
"""What one line may take, and all lines of a search together."""
_DISPLAY_SECONDS, _SLOW_SECONDS, _SLOW_LINES = 0.02, 0.001, 5
"""What one line on display may take, and how many in a row may take that long: now and then any may have to wait."""
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_CHOICE = re.compile(r"[*+?|]|\{\d*,\d*\}")

Span = tuple[int, int]


class Query:
    """A pattern ready to be used. A pattern all in lower case does not mind case.

    Python's own `re` cannot be stopped, so it gets only patterns that end soon: without any group, with two choices
    (repeats, alternatives) at most, and short lines: some milliseconds for the worst of them. All others go to `regex`,
    which takes a time limit. Raises `UsageError` for what is no pattern, and from all that searches once a pattern has
    taken too long on all lines together.
    """

    def __init__(self, pattern: str, *, regex: bool = False) -> None:
        if not pattern:
            raise UsageError("The search pattern is empty; write what to look for.")
        if len(pattern) > MAX_PATTERN_CHARS:
            raise UsageError(f"The search pattern is longer than {MAX_PATTERN_CHARS} characters; shorten it.")
        self.pattern, self.regex = pattern, regex
        folded = _ESCAPED.sub("", pattern) if regex else pattern
        self.ignore_case = folded == folded.lower()
        flags = re.IGNORECASE if self.ignore_case else re.NOFLAG
        try:
            self._re = re.compile(pattern if regex else re.escape(pattern), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"'{pattern[:60]}' is not a regular expression ({error}).") from None
        bare = _CLASS.sub("C", _ESCAPED.sub("C", pattern))
        self._soon = not regex or ("(" not in bare and len(_CHOICE.findall(bare)) <= 2)
        self._other: Any = None if self._soon else self._compiled()
        self._spent = 0.0
        self._slow = 0

    @property
    def is_immediate(self) -> int:
        """Lines that may be looked at between two looks at the clock."""
        return 64 if self.regex else 2048

    def test(self) -> Callable[[str], object]:
        """A quick test of a line; where it answers false `spans` has nothing."""
        quick = self._quick()
        if not self.regex:
            return quick
        return lambda text: self.matching((text,), 0)

    def matching(self, lines: Sequence[str], first: int) -> list[tuple[int, str]]:
        """Those of some lines that may match, each with its number, counted from `first`."""
        test, spent, begin = self._quick(), self._spent, time.perf_counter()
        found = [(number, text) for number, text in enumerate(lines, first) if test(text)]
        if self.regex:
            self._spent = spent
            self._took(time.perf_counter() - begin)
        return found

    def _quick(self) -> Callable[[str], object]:
        if self.regex:
            if not self._soon:
                return self._limited
            search = self._re.search
            return lambda text: search(text) if len(text) <= _SHORT_LINE_CHARS else self._limited(text)
        if not self.ignore_case:
            return lambda text: self.pattern in text
        needle = self.pattern.lower()
        return lambda text: needle in text.lower()

    def first(self, text: str) -> Span | None:
        """The first of `spans`."""
        if self._is_quick(text):
            found = self._re.search(text)
            if found is None or found.end() > found.start():
                return found.span() if found else None
        return next(iter(self.spans(text)), None)

    def spans(self, text: str) -> list[Span]:
        """Where the pattern matches, as (start, end); empty matches are left out."""
        if self._is_quick(text):
            found = self._re.finditer(text)
            return [match.span() for match in found if match.end() > match.start()]
        return self._limited(text)

    def display_spans(self, text: str) -> list[Span]:
        """`spans` for a display, which must not wait: nothing any more, once some lines have taken long."""
        if self._slow >= _SLOW_LINES:
            return []
        begin = time.perf_counter()
        try:
            found = self.spans(text) if self._is_quick(text) else self._timed(text, _DISPLAY_SECONDS)
        except (TimeoutError, UsageError):
            self._slow = _SLOW_LINES
            return []
        self._slow = self._slow + 1 if time.perf_counter() - begin > _SLOW_SECONDS else 0
        return found

    def _is_quick(self, text: str) -> bool:
        """Whether `re` is done with a line in some milliseconds at most."""
        return not self.regex or (self._soon and len(text) <= _SHORT_LINE_CHARS)

    def _took(self, seconds: float) -> None:
        self._spent += seconds
        if self._spent > _TOTAL_SECONDS:
            raise UsageError("The pattern takes too long on this session; make it simpler.")

    def _limited(self, text: str) -> list[Span]:
        begin = time.perf_counter()
        try:
            return self._timed(text, _LINE_SECONDS)
        except TimeoutError:
            self._spent = _TOTAL_SECONDS + 1
            return []
        finally:
            self._took(time.perf_counter() - begin)

    def _timed(self, text: str, seconds: float) -> list[Span]:
        if self._other is None:  # for a line that is too long for `re`
            self._other = self._compiled()
        found = self._other.finditer(text[:MAX_LINE_CHARS], timeout=seconds)
        return [match.span() for match in found if match.end() > match.start()]

    def _compiled(self) -> Any:
        try:
            return compile_regex(self.pattern, ignore_case=self.ignore_case)
        except UsageError as error:
            raise UsageError(f"'{self.pattern[:60]}' is not a regular expression ({error}).") from None
