"""Progress of background tasks, as the status line shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

REPORT_SECONDS = 0.1
"""The shortest time between two reports."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some work is: `what`, and the `part` (0 to 1) that is done, None if unknown. `hint` says how to end it.

    With an empty `what` the work has ended.
    """

    what: str
    part: float | None = None
    hint: str = ""

    @property
    def text(self) -> str:
        """Such as `reading 42 %`, empty for work that has ended."""
        percent = "" if self.part is None else f" {min(99, int(self.part * 100))} %"
        return f"{self.what}{percent}" if self.what else ""


DONE = Progress("")


class ProgressReport:
    """Hands the progress of one piece of work to `show`, at most once in `REPORT_SECONDS`."""

    def __init__(self, show: Callable[[Progress], object], what: str, hint: str = "") -> None:
        self._show, self._what, self._hint = show, what, hint
        self._reported = -inf

    @property
    def was_shown(self) -> bool:
        """Return True if anything has been reported, which the end of the work has to clear."""
        return self._reported > -inf

    def __call__(self, done: float, total: float | None = None) -> None:
        """Report that `done` of `total` is done; without `total` the part is unknown."""
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self._reported = time.monotonic()
            self._show(Progress(self._what, done / total if total else None, self._hint))
