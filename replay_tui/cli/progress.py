"""Progress line on stderr: only on a terminal, shown after half a second, and cleared at the end."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from replay_tui.cli.output import is_terminal

DELAY_SECONDS = 0.5
INTERVAL_SECONDS = 0.1


class Progress:
    """Context manager of a line such as `reading 43 %`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._next = time.monotonic() + DELAY_SECONDS
        self._on = is_terminal(sys.stderr)
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.clear()

    def update(self, done: float, total: float | None) -> None:
        """Report that `done` of `total` is finished, in any unit; without `total`, `done` is in bytes."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next = now + INTERVAL_SECONDS
        amount = f"{min(100, int(100 * done / total))} %" if total else f"{done / (1 << 20):.1f} MiB"
        sys.stderr.write(f"\r{self._label} {amount} \x1b[K")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Clear the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
