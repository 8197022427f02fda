"""Regular expressions with a time budget.

Uses `regex`, because `re` cannot be interrupted and catastrophic patterns cannot be detected statically.
"""

from __future__ import annotations

import time
from math import prod
from typing import Any

from replay_tui.domain.errors import UsageError
from replay_tui.domain.lazy_regex import lazy_compile

SEARCH_TIMEOUT_SECONDS, SESSION_BUDGET_SECONDS = 0.5, 5.0
"""Limit for one search, and for all searches of a pattern in one session."""
MAX_REPEATS = 100_000
"""Limit for the product of all repeat counts in a pattern; compiling `(a{999}){999}` exhausts the memory."""
_COUNT = lazy_compile(r"\{(\d*),?(\d*)\}")


def compile_regex(pattern: str, *, ignore_case: bool, dotall: bool = False) -> Any:
    """Return a compiled `regex` pattern, whose searches accept a `timeout`. Raises `UsageError` if it is invalid."""
    import regex  # loaded on demand: slow to import and rarely needed

    if prod(max(int(most or least or 1), 1) for least, most in _COUNT.findall(pattern)) > MAX_REPEATS:
        raise UsageError("it repeats too much")
    try:
        return regex.compile(pattern, ignore_case * regex.IGNORECASE | dotall * regex.DOTALL)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise UsageError(f"{error}") from None


class TimeLimitedPattern:
    """Pattern with a time budget for one session. Raises `UsageError` if it is invalid.

    `skipped` counts the texts of the session that were not searched, or not to their end, because of a timeout.
    """

    def __init__(self, pattern: str, *, ignore_case: bool = True) -> None:
        self._pattern = compile_regex(pattern, ignore_case=ignore_case, dotall=True)
        self.pattern = pattern
        self._seconds_left = SESSION_BUDGET_SECONDS
        self.skipped = 0

    @property
    def timed_out(self) -> bool:
        """Return True if the budget is used up. The pattern then matches nothing until `reset_budget`."""
        return self._seconds_left <= 0

    def reset_budget(self) -> None:
        """Restore the full budget, for another session."""
        self._seconds_left = SESSION_BUDGET_SECONDS
        self.skipped = 0

    def search(self, text: str) -> bool:
        """Return True if the pattern matches anywhere in `text`; False after a timeout."""
        if self.timed_out:
            self.skipped += 1
            return False
        begin = time.perf_counter()
        try:
            return self._pattern.search(text, timeout=SEARCH_TIMEOUT_SECONDS) is not None
        except TimeoutError:
            self._seconds_left = 0.0
            self.skipped += 1
            return False
        finally:
            self._seconds_left -= time.perf_counter() - begin
