"""Search pattern: plain text or a regular expression with smart case and a time limit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.safe_regex import compile_regex

MAX_LINE_CHARS = 2000
"""A regular expression is applied to the first characters of a line only."""
MAX_PATTERN_CHARS = 1000
_SHORT_LINE_CHARS = 400
_LINE_SECONDS, _TOTAL_SECONDS = 0.5, 20.0
"""Time limits of a regular expression for one line, and for all lines of a search."""
_DISPLAY_SECONDS, _SLOW_SECONDS, _SLOW_LINES = 0.02, 0.001, 5
"""Highlighting stops if one line exceeds the first limit, or `_SLOW_LINES` consecutive lines exceed the second.

A single slow line is no reason to stop, because the thread may have been suspended."""
_ESCAPED = lazy_compile(r"\\.", re.DOTALL)
_CLASS = lazy_compile(r"\[\^?\]?[^\]]*\]")
_CHOICE = lazy_compile(r"[*+?|]|\{\d*,\d*\}")

Span = tuple[int, int]


class Query:
    """A compiled pattern. A pattern in lower case ignores case.

    `re` cannot be interrupted, so it is used only for patterns without groups and with at most two repetitions or
    alternatives, on short lines: the worst of them take some milliseconds. `regex`, which has a timeout, is used
    otherwise. The constructor raises `UsageError` for an invalid pattern; the search methods raise it when the pattern
    exceeds the time limit for all lines.
    """

    def __init__(self, pattern: str, *, regex: bool = False) -> None:
        if not pattern:
            raise UsageError("The search pattern is empty; enter a text or a regular expression.")
        if len(pattern) > MAX_PATTERN_CHARS:
            raise UsageError(f"The search pattern is longer than {MAX_PATTERN_CHARS} characters; shorten it.")
        self.pattern, self.regex = pattern, regex
        folded = _ESCAPED.sub("", pattern) if regex else pattern
        self.ignore_case = folded == folded.lower()
        flags = re.IGNORECASE if self.ignore_case else re.NOFLAG
        try:
            self._re = re.compile(pattern if regex else re.escape(pattern), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"'{pattern[:60]}' is not a valid regular expression ({error}).") from None
        bare = _CLASS.sub("C", _ESCAPED.sub("C", pattern))
        self._is_simple = not regex or ("(" not in bare and len(_CHOICE.findall(bare)) <= 2)
        self._regex: Any = None if self._is_simple else self._compile()
        self._seconds_used = 0.0
        self._slow_lines = 0

    @property
    def batch_lines(self) -> int:
        """Number of lines to test between two checks of the clock."""
        return 64 if self.regex else 2048

    def test(self) -> Callable[[str], object]:
        """Return a fast test of a line; if it is false, `spans` is empty."""
        line_test = self._line_test()
        if not self.regex:
            return line_test
        return lambda text: self.matching((text,), 0)

    def matching(self, lines: Sequence[str], first: int) -> list[tuple[int, str]]:
        """Return (number, text) of the lines that may match, numbered from `first`."""
        test, used, begin = self._line_test(), self._seconds_used, time.perf_counter()
        found = [(number, text) for number, text in enumerate(lines, first) if test(text)]
        if self.regex:
            self._seconds_used = used  # replaced by the time of the whole batch
            self._add_time(time.perf_counter() - begin)
        return found

    def _line_test(self) -> Callable[[str], object]:
        if self.regex:
            if not self._is_simple:
                return self._limited
            search = self._re.search
            return lambda text: search(text) if len(text) <= _SHORT_LINE_CHARS else self._limited(text)
        if not self.ignore_case:
            return lambda text: self.pattern in text
        needle = self.pattern.lower()
        return lambda text: needle in text.lower()

    def first(self, text: str) -> Span | None:
        """Return the first of `spans`, or None."""
        if self._is_safe_for_re(text):
            found = self._re.search(text)
            if found is None or found.end() > found.start():
                return found.span() if found else None
        return next(iter(self.spans(text)), None)

    def spans(self, text: str) -> list[Span]:
        """Return (start, end) of each match that is not empty."""
        if self._is_safe_for_re(text):
            found = self._re.finditer(text)
            return [match.span() for match in found if match.end() > match.start()]
        return self._limited(text)

    def display_spans(self, text: str) -> list[Span]:
        """Return `spans` for highlighting, which must not block: empty after some slow lines."""
        if self._slow_lines >= _SLOW_LINES:
            return []
        begin = time.perf_counter()
        try:
            found = self.spans(text) if self._is_safe_for_re(text) else self._timed(text, _DISPLAY_SECONDS)
        except (TimeoutError, UsageError):
            self._slow_lines = _SLOW_LINES
            return []
        self._slow_lines = self._slow_lines + 1 if time.perf_counter() - begin > _SLOW_SECONDS else 0
        return found

    def _is_safe_for_re(self, text: str) -> bool:
        """Return True if `re` needs at most some milliseconds for a line."""
        return not self.regex or (self._is_simple and len(text) <= _SHORT_LINE_CHARS)

    def _add_time(self, seconds: float) -> None:
        self._seconds_used += seconds
        if self._seconds_used > _TOTAL_SECONDS:
            raise UsageError(
                f"Search stopped: the pattern exceeded the {_TOTAL_SECONDS:g} s time limit. Simplify the pattern."
            )

    def _limited(self, text: str) -> list[Span]:
        begin = time.perf_counter()
        try:
            return self._timed(text, _LINE_SECONDS)
        except TimeoutError:
            self._seconds_used = _TOTAL_SECONDS + 1
            return []
        finally:
            self._add_time(time.perf_counter() - begin)

    def _timed(self, text: str, seconds: float) -> list[Span]:
        if self._regex is None:  # a simple pattern on a line that is too long for `re`
            self._regex = self._compile()
        found = self._regex.finditer(text[:MAX_LINE_CHARS], timeout=seconds)
        return [match.span() for match in found if match.end() > match.start()]

    def _compile(self) -> Any:
        try:
            return compile_regex(self.pattern, ignore_case=self.ignore_case)
        except UsageError as error:
            raise UsageError(f"'{self.pattern[:60]}' is not a valid regular expression ({error}).") from None
