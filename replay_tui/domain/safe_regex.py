"""A user's pattern with a limit of time: `re` cannot be stopped, and no look at a pattern tells all that never end."""

from __future__ import annotations

import re
import time
from math import prod
from typing import Any

from replay_tui.domain.errors import UsageError

SEARCH_TIMEOUT_SECONDS, SESSION_BUDGET_SECONDS = 0.5, 5.0
"""What one text may take, and all texts of a session together."""
MAX_REPEATS = 100_000
"""What the counts in a pattern may multiply to: such as (a{999}){999} take compiling more memory than there is."""
_COUNT = re.compile(r"\{(\d*),?(\d*)\}")


def compile_regex(pattern: str, *, ignore_case: bool, dotall: bool = False) -> Any:
    """A pattern of `regex`, whose searches take a `timeout`. Raises `UsageError` with what is wrong with it."""
    import regex  # takes a while to load, and few need it

    if prod(max(int(most or least or 1), 1) for least, most in _COUNT.findall(pattern)) > MAX_REPEATS:
        raise UsageError("it repeats too much")
    try:
        return regex.compile(pattern, ignore_case * regex.IGNORECASE | dotall * regex.DOTALL)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise UsageError(f"{error}") from None


class TimeLimitedPattern:
    """A pattern that ignores case and gives up where it takes too long. Raises `UsageError` for what is none."""

    def __init__(self, pattern: str) -> None:
        self._pattern = compile_regex(pattern, ignore_case=True, dotall=True)
        self.pattern = pattern
        self._seconds_left = SESSION_BUDGET_SECONDS

    @property
    def timed_out(self) -> bool:
        """Whether it took too long; then it finds nothing more until `renew`."""
        return self._seconds_left <= 0

    def reset_budget(self) -> None:
        """Begin with the whole time again, for another session."""
        self._seconds_left = SESSION_BUDGET_SECONDS

    def search(self, text: str) -> bool:
        """Whether it matches somewhere in a text."""
        if self.timed_out:
            return False
        begin = time.perf_counter()
        try:
            return self._pattern.search(text, timeout=SEARCH_TIMEOUT_SECONDS) is not None
        except TimeoutError:
            self._seconds_left = 0.0
            return False
        finally:
            self._seconds_left -= time.perf_counter() - begin
