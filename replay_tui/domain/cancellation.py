"""Cooperative cancellation of all work in a thread, without a parameter in each function that works.

Loops over foreign data call `check_cancelled`. It is for the parts that a decoder or a rule plugs in to; functions that
the interface calls itself take an `is_cancelled` callback.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from replay_tui.domain.errors import Cancelled, never_cancelled


class _Current(threading.local):
    is_cancelled: Callable[[], bool] = staticmethod(never_cancelled)


_current = _Current()


@contextmanager
def cancellable(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Let `check_cancelled` raise in this thread and block once `is_cancelled` returns True."""
    before, _current.is_cancelled = _current.is_cancelled, is_cancelled
    try:
        yield
    finally:
        _current.is_cancelled = before


def check_cancelled() -> None:
    """Raise `Cancelled` if the work of this thread was cancelled."""
    if _current.is_cancelled():
        raise Cancelled
