"""Progress of background tasks, for the status line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

REPORT_SECONDS = 0.1
"""Minimum time between two reports."""


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """Progress of an operation: a `label`, the finished `part` (0 to 1, None if unknown), a `hint` how to stop it.

    An empty `label` means that the operation has ended.
    """

    label: str
    part: float | None = None
    hint: str = ""

    @property
    def text(self) -> str:
        """The label with the percentage, such as `reading 42 %`; empty if the operation has ended."""
        percent = "" if self.part is None else f" {min(99, int(self.part * 100))} %"
        return f"{self.label}{percent}" if self.label else ""


DONE = TaskProgress("")


class ProgressReport:
    """Passes the progress of one operation to `show`, at most once in `REPORT_SECONDS`."""

    def __init__(self, show: Callable[[TaskProgress], object], label: str, hint: str = "") -> None:
        self._show, self._label, self._hint = show, label, hint
        self._reported = -inf

    @property
    def was_shown(self) -> bool:
        """Return True if a report was made, so that the status line has to be cleared at the end."""
        return self._reported > -inf

    def __call__(self, done: float, total: float | None = None) -> None:
        """Report that `done` of `total` is finished; without `total` the part is unknown."""
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self._reported = time.monotonic()
            self._show(TaskProgress(self._label, done / total if total else None, self._hint))
