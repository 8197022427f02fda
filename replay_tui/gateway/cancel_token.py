"""Giving up and waiting: a flag that another thread sets, which also wakes a read that hangs in the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from replay_tui.gateway.errors import RequestCancelled


class CancelToken:
    """Set once, from any thread. Waits end at once, and hooks (which close connections) run."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Give up: every wait ends, every hook runs."""
        self._event.set()
        with self._lock:
            hooks = list(self._callbacks)
        for hook in hooks:
            hook()

    @property
    def is_set(self) -> bool:
        """Whether somebody gave up."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if somebody gave up."""
        if self.is_set:
            raise RequestCancelled()

    def wait(self, seconds: float) -> None:
        """Sleep; raises `Cancelled` as soon as somebody gives up."""
        self._event.wait(seconds)
        self.raise_if_cancelled()

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """Run `action` when somebody gives up inside the block (at once if it has happened)."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            if self.is_set:
                callback()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class Clock(Protocol):
    """Time as this package sees it, so that tests need not wait."""

    def now(self) -> float:
        """Seconds from some fixed moment; never goes back."""

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        """Sleep `seconds`; raises `Cancelled` when `cancel` is set."""


class SystemClock:
    """The real time."""

    def now(self) -> float:
        """Seconds from some fixed moment."""
        return time.monotonic()

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        """Sleep."""
        cancel.wait(seconds)
